/// Git's own rules for names that some file system would open as `.git`.
package enum GitName {
    /// Whether `component` is `.git` in any case, or one of its forms on HFS+ (ignorable code points) or NTFS (`git~1`, trailing dots and
    /// spaces, a stream name).
    ///
    /// After `is_ntfs_dotgit` and `is_hfs_dotgit` in Git's `path.c` and `utf8.c`.
    package static func isDotGit(_ component: some Collection<UInt8>) -> Bool {
        // Nearly every name is settled by its first byte.
        guard let first = component.first else { return false }
        switch first {
        case UInt8(ascii: "."), UInt8(ascii: "g"), UInt8(ascii: "G"), 0xE2, 0xEF: break
        default: return false
        }
        return isNTFSDotGit(Array(component)) || isHFSDotGit(component)
    }

    private static func isNTFSDotGit(_ name: [UInt8]) -> Bool {
        for form in [Array(".git".utf8), Array("git~1".utf8)] {
            guard name.count >= form.count, lowercased(name.prefix(form.count)) == form else { continue }
            // What may follow: dots and spaces, then the end or a stream name.
            for byte in name.dropFirst(form.count) {
                if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\\") { return true }
                if byte != UInt8(ascii: ".") && byte != UInt8(ascii: " ") { return false }
            }
            if name.dropFirst(form.count).allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) { return true }
        }
        return false
    }

    private static func isHFSDotGit(_ name: some Collection<UInt8>) -> Bool {
        guard let text = String(validating: name, as: UTF8.self) else { return false }
        let kept = text.unicodeScalars.filter { !isIgnoredByHFS($0) }
        return kept.count == 4 && lowercased(String(String.UnicodeScalarView(kept)).utf8) == Array(".git".utf8)
    }

    /// The code points that HFS+ ignores in names.
    private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
        default: false
        }
    }

    private static func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
