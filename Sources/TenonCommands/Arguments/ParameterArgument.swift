import ArgumentParser
import TenonAPI

/// A parameter of a run as it was typed: `KEY=VALUE`, `FILE:KEY` or `FILE`.
struct ParameterArgument: ExpressibleByArgument, Hashable {
    private let bytes: [UInt8]

    init?(argument: String) {
        bytes = ArgumentEscape.bytes(of: argument)
        guard !bytes.isEmpty else { return nil }
    }

    func resolved(_ paths: PathResolver) throws(TenonError) -> RunParameter {
        // A file's name may hold '=' only where a slash before it says that it is one.
        if let equal = bytes.firstIndex(of: UInt8(ascii: "=")), !bytes[..<equal].contains(UInt8(ascii: "/")) {
            return RunParameter(key: text(bytes[..<equal]), value: text(bytes[(equal + 1)...]))
        }
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0 else {
            return RunParameter(file: try paths.resolve(PathArgument(bytes: bytes)))
        }
        return RunParameter(key: text(bytes[(colon + 1)...]), file: try paths.resolve(PathArgument(bytes: Array(bytes[..<colon]))))
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
