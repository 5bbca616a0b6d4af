import TenonCore
import Testing

@testable import TenonRemote

@Suite("URLs of remotes")
struct RemoteLocationTests {
    @Test("Directories")
    func directories() throws {
        #expect(try RemoteLocation("/mnt/data") == .directory("/mnt/data"))
        #expect(try RemoteLocation("file:///mnt/a%20b") == .directory("/mnt/a b"))
        #expect(try RemoteLocation("file://localhost/mnt") == .directory("/mnt"))
        #expect(try RemoteLocation("/mnt/a%20b") == .directory("/mnt/a%20b"))
    }

    @Test("Hosts reached by SSH")
    func ssh() throws {
        #expect(try RemoteLocation("ssh://host/data") == .ssh(SSHLocation(user: nil, host: "host", port: nil, path: "/data")))
        #expect(
            try RemoteLocation("ssh://me@host.example:2222/a%20b/c")
                == .ssh(SSHLocation(user: "me", host: "host.example", port: 2222, path: "/a b/c")))
        #expect(try RemoteLocation("ssh://host/~/data") == .ssh(SSHLocation(user: nil, host: "host", port: nil, path: "~/data")))
        #expect(try RemoteLocation("ssh://me@[2001:db8::1]:22/d") == .ssh(SSHLocation(user: "me", host: "2001:db8::1", port: 22, path: "/d")))
        #expect(try RemoteLocation("ssh://[::1]/d") == .ssh(SSHLocation(user: nil, host: "::1", port: nil, path: "/d")))
        #expect(try RemoteLocation("ssh://host/-rf") == .ssh(SSHLocation(user: nil, host: "host", port: nil, path: "/-rf")))
    }

    @Test("Buckets")
    func buckets() throws {
        #expect(try RemoteLocation("s3://team-data") == .s3(S3Location(bucket: "team-data", prefix: "")))
        #expect(try RemoteLocation("s3://team-data/") == .s3(S3Location(bucket: "team-data", prefix: "")))
        #expect(try RemoteLocation("s3://team.data/a/b c/") == .s3(S3Location(bucket: "team.data", prefix: "a/b c")))
        #expect(S3Location(bucket: "b", prefix: "").key("x/y") == "x/y")
        #expect(S3Location(bucket: "b", prefix: "p/q").key("x/y") == "p/q/x/y")
        #expect(S3Location(bucket: "b", prefix: "p").name("p/x") == "x")
        #expect(S3Location(bucket: "b", prefix: "p").name("px/x") == nil)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", "data", "./data", "~/data", "ext::sh -c id", "fd::3", "http://host/x", "https://host/x", "javascript:x", "file:x", "file://host/x",
            "file://",
            "-oProxyCommand=id", "ssh://-oProxyCommand=id/x", "ssh://-l@host/x", "ssh://me@-host/x", "ssh://host", "ssh://host/", "ssh:///x",
            "ssh://@host/x",
            "ssh://me:secret@host/x", "ssh://host:0/x", "ssh://host:99999/x", "ssh://host:x/x", "ssh://ho st/x", "ssh://host;id/x", "ssh://$(id)/x",
            "ssh://[::1/x", "ssh://[::1]x/x", "ssh://[]/x", "ssh://[fe80::1%25eth0]/x", "ssh://host/%", "ssh://host/a%00b", "ssh://host/a\nb",
            "s3://", "s3://a",
            "s3://Bucket!/x", "s3://-bucket/x", "s3://a..b/x", "s3://bucket//x", "s3://bucket/../x", "s3://bucket/x/./y", "s3://user:key@bucket/x",
            "s3://bucket/\u{7f}", "s3://bucket/\u{1b}[2J", "/data\0", "/data\n",
        ])
    func refused(_ text: String) {
        do {
            let location = try RemoteLocation(text)
            Issue.record("\(text) was taken for \(location)")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(!"\(error)".unicodeScalars.contains { $0.value < 0x20 })
            #expect(!"\(error)".contains("secret") || text.contains("secret"))
        }
    }

    @Test("A host or user is never an option, whatever the text")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "ssh://", "s3://", "file://", "/", "-", "@", ":", "[", "]", "%2d", "%00", "host", "a", "..", ".", "~", "22", " ", "é", "\u{1}", "?", "#",
        ]
        for _ in 0..<50_000 {
            let text = (0..<Int.random(in: 1...9, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            switch try? RemoteLocation(text) {
            case .ssh(let location):
                #expect(!location.host.hasPrefix("-") && !location.host.isEmpty && location.user?.hasPrefix("-") != true)
                #expect(location.path.hasPrefix("/") || location.path.hasPrefix("~/"))
            case .s3(let location):
                #expect(!location.key("a").split(separator: "/", omittingEmptySubsequences: false).contains { ["", ".", ".."].contains($0) })
            case .directory(let path): #expect(path.hasPrefix("/") && !path.utf8.contains(0))
            case nil: break
            }
        }
    }

    @Test("Origins")
    func origins() {
        #expect(HTTPOrigin("https://Minio.example:9000/x")?.description == "https://minio.example:9000")
        #expect(HTTPOrigin("minio:9000")?.description == "https://minio:9000")
        #expect(HTTPOrigin("http://[::1]:80")?.authority == "[::1]")
        for text in ["", "ftp://x", "http://", "http://a b", "http://user@host", "http://host:x", "http://host:0", "http://h\r\nx"] {
            #expect(HTTPOrigin(text) == nil)
        }
    }
}
