import TenonAPI
import TenonCore

/// The values of two revisions side by side: by file, then in the order of the keys in the file, those that are gone after those that are there.
struct ValueComparison {
    let old: [ValueGroup]
    let new: [ValueGroup]

    var changes: [ValueChange] {
        var files: [RelativePath?] = []
        for group in new + old where !files.contains(group.file) { files.append(group.file) }
        return files.flatMap { file in
            compare(old.first { $0.file == file }?.values ?? [], new.first { $0.file == file }?.values ?? [], in: file)
        }
    }

    private func compare(_ old: [FlatValue], _ new: [FlatValue], in file: RelativePath?) -> [ValueChange] {
        let file = file.map { WirePath($0) } ?? WirePath(bytes: [])
        let before = Dictionary(old.map { ($0.key, $0.value) }) { first, _ in first }
        let after = Set(new.map(\.key))
        let present = new.map { value in
            let old = before[value.key]
            let change: ChangeKind? = old.map { $0 == value.value ? nil : .changed } ?? .added
            return ValueChange(
                file: file, key: value.key, change: change, old: old.map { PlainValue($0) }, new: PlainValue(value.value),
                difference: difference(old, value.value))
        }
        let gone = old.filter { !after.contains($0.key) }
            .map { ValueChange(file: file, key: $0.key, change: .removed, old: PlainValue($0.value)) }
        return present + gone
    }

    private func difference(_ old: Value?, _ new: Value) -> Double? {
        guard let old = old?.number, let new = new.number, old.isExact, new.isExact else { return nil }
        let difference = new.value - old.value
        return difference.isFinite ? difference : nil
    }
}
