extension [UInt8] {
    /// These bytes and the zero that C expects at the end, for a system call that takes a path.
    var zeroTerminated: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
