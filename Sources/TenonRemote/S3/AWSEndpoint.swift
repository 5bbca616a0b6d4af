/// Where Amazon's own services answer.
enum AWSEndpoint {
    /// `https://SERVICE.REGION.amazonaws.com`, and what China has instead.
    static func origin(_ service: String, _ region: String) -> String {
        "https://\(service).\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }

    /// Whether `text` can be a region's name: it becomes part of a host's.
    static func isRegion(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
    }
}
