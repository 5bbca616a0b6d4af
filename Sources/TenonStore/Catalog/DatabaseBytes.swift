import Foundation
import TenonCore

/// What GRDB takes and gives for a BLOB.
typealias DatabaseBytes = Data

extension Digest {
    /// The 32 bytes as the catalog keeps them.
    var data: DatabaseBytes { DatabaseBytes(bytes) }
}
