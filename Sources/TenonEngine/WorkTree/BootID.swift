import Glibc

/// One run of the machine, from its start to its end or to a power cut: what was written to the page cache in it is there until it ends.
struct BootID: Hashable, Sendable {
    /// 1 to 64 of `0-9 a-f -`.
    let text: String

    static let maximumLength = 64

    /// `nil` for text of another form.
    init?(_ text: some Sequence<UInt8>) {
        let bytes = Array(text)
        let isGood = bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == UInt8(ascii: "-") }
        guard (1...BootID.maximumLength).contains(bytes.count), isGood else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// This one: `/proc/sys/kernel/random/boot_id`, see random(4). Where that can't be read, it ends with the process.
    static let current: BootID = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        var bytes = [UInt8](repeating: 0, count: maximumLength)
        let count = descriptor < 0 ? -1 : read(descriptor, &bytes, bytes.count)
        if descriptor >= 0 { close(descriptor) }
        return BootID(bytes.prefix(max(0, count)).prefix { $0 != 0x0A }) ?? BootID(unlikeAnyOther: UInt64.random(in: 0 ... .max))
    }()

    private init(unlikeAnyOther number: UInt64) {
        text = String(number, radix: 16)
    }
}
