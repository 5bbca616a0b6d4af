import TenonCore

extension Array where Element == UInt8 {
    /// An array of what `body` writes at the start of a buffer of `capacity` bytes; it returns how many.
    static func filled(
        capacity: Int, by body: (UnsafeMutableRawBufferPointer) throws(TenonError) -> Int
    ) throws(TenonError) -> [UInt8] {
        // The standard library's initializer loses the type of the error.
        var failure: TenonError?
        let result = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            do throws(TenonError) {
                count = try body(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<capacity]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }
}
