import Foundation

/// The frozen files beside the tests.
enum Golden {
    static func bytes(_ name: String) throws -> [UInt8] {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        return Array(try Data(contentsOf: directory.appending(path: name)))
    }
}
