import Testing

@testable import TenonRemote

@Suite("XML of storages")
struct XMLReaderTests {
    private func root(_ text: String) -> XMLElement? { XMLReader.root(Array(text.utf8)) }

    @Test("A listing is read")
    func listing() {
        let text = """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <s3:ListBucketResult xmlns:s3='http://s3.amazonaws.com/doc/2006-03-01/' a = "1>2"><Name>b</Name><Contents><Key>a&amp;b &lt;&#x20AC;&#65;&gt;</Key>
            <ETag>&quot;0&quot;</ETag><Owner/><Empty  /><D><![CDATA[<&]]>x</D></Contents><Contents><Key/></Contents></s3:ListBucketResult>
            <!-- after -->
            """
        let root = root(text)
        #expect(root?.name == "ListBucketResult")
        #expect(root?["Name"]?.text == "b")
        #expect(root?.all("Contents").count == 2)
        #expect(root?["Contents"]?["Key"]?.text == "a&b <€A>")
        #expect(root?["Contents"]?["ETag"]?.text == "\"0\"")
        #expect(root?["Contents"]?["D"]?.text == "<&x")
        #expect(root?["Contents"]?["Owner"]?.text == "")
    }

    @Test(
        "What is no such document is refused",
        arguments: [
            "", " ", "text", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "<a>x</a>y", "<a b></a>", "<a b=c></a>", "<a b=\"<\"/>", "<a>&unknown;</a>",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>", "<a>&lt</a>", "<a>&;</a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
            "<a><!DOCTYPE b></a>", "<a><!-- </a>", "<a><![CDATA[</a>", "<html><body><p>error<br></body></html>", "<a></a", "<?xml", "<:/>x",
        ])
    func refused(_ text: String) {
        #expect(root(text) == nil)
    }

    @Test("Depth is bounded")
    func depth() {
        func nested(_ depth: Int) -> String { String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth) }
        #expect(root(nested(16)) != nil)
        #expect(root(nested(17)) == nil)
        #expect(root(nested(100_000)) == nil)
    }

    @Test("Bytes that are no text are refused")
    func encoding() {
        #expect(XMLReader.root(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) == nil)
    }

    @Test("Whatever the bytes, the reader ends, and takes nothing from a document cut short")
    func random() {
        let whole = Array("<?xml version=\"1.0\"?><L a='b'><C><K>x&amp;y</K><S>1</S></C><!-- c --><T><![CDATA[z]]></T></L>".utf8)
        #expect(XMLReader.root(whole) != nil)
        for length in 0..<whole.count { #expect(XMLReader.root(Array(whole[..<length])) == nil) }
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("<>/!?-[]&;#x\"'= aCDATA\0\u{7f}".utf8) + [0x80, 0xC3, 0xFF]
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = alphabet.randomElement(using: &generator) ?? 0
                case 1: bytes.remove(at: position)
                default: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: position)
                }
            }
            _ = XMLReader.root(bytes)
            _ = XMLReader.root((0..<Int.random(in: 0..<40, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? 0 })
        }
    }
}
