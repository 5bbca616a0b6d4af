/// Keeps the C library from holding on to memory that blocks needed.
enum MemoryTuning {
    /// Heaps that threads share; by default each thread has one of its own, and what it frees stays there.
    private static let arenas: Int32 = 2
    /// Free bytes at the end of a heap above which they go back to the system.
    private static let trimThreshold: Int32 = 32 << 20

    /// Bytes from which memory is mapped for one use. Blocks stay below: their pages are then faulted in once, not for each block.
    private static let mapThreshold: Int32 = 20 << 20

    private static let applied: Void = {
        LinuxCalls.setMalloc(LinuxCalls.mallocArenaMax, arenas)
        LinuxCalls.setMalloc(LinuxCalls.mallocTrimThreshold, trimThreshold)
        LinuxCalls.setMalloc(LinuxCalls.mallocMapThreshold, mapThreshold)
    }()

    static func apply() { applied }

    /// Gives back what is free, after much work.
    static func trim() {
        LinuxCalls.trimMalloc()
    }
}
