import TenonCore
import Testing

@testable import TenonEngine

struct IgnoreRulesTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `A line names one entry and nothing else`() {
        #expect(IgnoreRules.line(for: bytes("data")) == bytes("/data"))
        #expect(IgnoreRules.line(for: bytes("a*b[1]? \\")) == bytes("/a\\*b\\[1\\]\\?\\ \\\\"))
    }

    @Test func `Lines are added once and foreign ones stay byte for byte`() {
        let text = bytes("*.pyc\r\n# note\n/x")
        let added = IgnoreRules.adding(bytes("/data"), to: text)
        #expect(added == bytes("*.pyc\r\n# note\n/x\n/data\n"))
        #expect(IgnoreRules.adding(bytes("/data"), to: added) == added)
        #expect(IgnoreRules.adding(bytes("*.pyc"), to: text) == text)
    }

    @Test func `Removing a line leaves all others as they are`() {
        let text = bytes("a\r\n\n/data\n\n/data2\nlast")
        #expect(IgnoreRules.removing(where: { $0.elementsEqual("/data".utf8) }, from: text) == bytes("a\r\n\n\n/data2\nlast"))
        #expect(IgnoreRules.removing(where: { $0.elementsEqual("/data".utf8) }, from: bytes("/data")).isEmpty)
    }
}
