import Testing

@testable import TenonPlots

@Suite struct MarkupTests {
    @Test func `text and attributes can not end what they stand in`() {
        var markup = Markup()
        markup.element("a", ["title": "\"><script>alert(1)</script>"], text: "</a><b>'&'")
        #expect(markup.text == "<a title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">&lt;/a&gt;&lt;b&gt;&#39;&amp;&#39;</a>")
    }

    @Test func `characters that XML forbids and that turn text around are replaced`() {
        #expect(Markup.escaped("a\u{0}b\u{1B}c\u{202E}d\u{FFFE}e\u{85}f\ng") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f g")
        #expect(Markup.escaped("grün 日本 🎉") == "grün 日本 🎉")
    }

    @Test func `lengths have one decimal place at most`() {
        #expect([1.0, 0.25, -3.14159, 0.04, -0.04, .nan, .infinity, 1e300].map(Markup.px) == ["1", "0.3", "-3.1", "0", "0", "0", "0", "0"])
    }

    @Test func `a text without end is cut`() {
        var markup = Markup()
        markup.element("p", text: String(repeating: "<é", count: 100_000))
        #expect(markup.text.utf8.count < 20_000)
        #expect(markup.text.hasPrefix("<p>&lt;é&lt;é") && markup.text.hasSuffix("…</p>"))
    }
}
