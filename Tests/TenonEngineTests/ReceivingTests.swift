import TenonCore
import TenonGit
import Testing

@testable import TenonEngine

/// What `pre-receive` is given, and what the server's configuration says.
struct ReceivingTests {
    private let one = String(repeating: "1", count: 40)
    private let zeros = String(repeating: "0", count: 40)

    @Test func `Lines are references with their new ids; deletions bring nothing`() throws {
        let lines = "\(one) \(zeros) refs/heads/gone\n\(zeros) \(one) refs/heads/a b\n\(one) \(one) refs/tags/t\n"
        let updates = try ReceivedUpdate.parse(Array(lines.utf8))
        #expect(updates.map(\.name) == ["refs/heads/a b", "refs/tags/t"])
        #expect(updates.allSatisfy { $0.new.hex == one })
        #expect(try ReceivedUpdate.parse([]).isEmpty)
    }

    @Test(arguments: [
        "x\n", "ID ID refs/x", "ID ID\n", "ID ID HEAD\n", "ID I refs/x\n", "ID ID refs/\0x\n", "\n", "ID ID refs/x\n\n",
        "ID ID refs/" + String(repeating: "x", count: 5000) + "\n",
    ]) func `Anything else is refused`(line: String) throws {
        let text = line.split(separator: " ", omittingEmptySubsequences: false).map { $0 == "ID" ? one[...] : $0 }.joined(separator: " ")
        #expect(throws: TenonError.self) { try ReceivedUpdate.parse(Array(text.utf8)) }
    }

    @Test func `Credentials are lines of names and values, and an error shows none`() throws {
        let text = "# of the bucket\n\nAWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b=c= \n"
        #expect(try ReceivingSettings.credentials(Array(text.utf8)) == ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b=c= "])
        for bad in ["export A=secret", "secret", "=secret", "A B=secret"] {
            let error = #expect(throws: TenonError.self) { try ReceivingSettings.credentials(Array("A=1\n\(bad)\n".utf8)) }
            #expect(error?.cause?.contains("line 2") == true && error?.cause?.contains("secret") == false)
        }
    }
}
