import TenonAPI

/// A pointer in a few words.
enum PointerText {
    /// `1.2 GiB, 35,136 files` or `91.0 MiB`.
    static func extent(_ pointer: PointerSummary) -> String {
        let size = Quantity.bytes(pointer.size)
        return pointer.files.map { "\(size), \(Quantity.count($0, "file"))" } ?? size
    }

    /// `90.1 MiB → 91.0 MiB`, with the numbers of files where these differ.
    static func change(_ old: PointerSummary?, _ new: PointerSummary?) -> String {
        switch (old, new) {
        case (let old?, let new?):
            if old.size == new.size && old.files == new.files { return extent(new) }
            if old.files == new.files {
                let files = new.files.map { ", \(Quantity.count($0, "file"))" } ?? ""
                return "\(Quantity.bytes(old.size)) → \(Quantity.bytes(new.size))\(files)"
            }
            return "\(extent(old)) → \(extent(new))"
        case (nil, let one?), (let one?, nil): return extent(one)
        case (nil, nil): return ""
        }
    }
}
