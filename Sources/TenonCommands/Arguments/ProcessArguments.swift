/// The arguments of the process, byte for byte.
enum ProcessArguments {
    /// What follows the program's name, spelled by `ArgumentEscape`.
    static func escaped() -> [String] {
        var arguments: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index] else { break }
            let bytes = UnsafeBufferPointer(start: argument, count: length(argument)).map { UInt8(bitPattern: $0) }
            arguments.append(ArgumentEscape.text(of: bytes))
        }
        return arguments
    }

    private static func length(_ text: UnsafePointer<CChar>) -> Int {
        var count = 0
        while text[count] != 0 { count += 1 }
        return count
    }
}
