import TenonCore
import Testing

@testable import TenonFormat

struct RecipeTests {
    /// A recipe in memory, of chunks that need not exist.
    private struct Built {
        let nodes = NodeCollector()
        let recipe: RecipeBuilder.Recipe
        let chunks: [RecipeChunk]
        let oid = OID(SHA256Hasher.hash(Array("file".utf8)))

        init(_ count: Int) throws {
            var random = SeededBytes(seed: 3)
            var offset: UInt64 = 0
            var chunks: [RecipeChunk] = []
            let nodes = nodes
            var builder = RecipeBuilder(profile: "std-v1") { nodes.add($0, $1) }
            for index in 0..<count {
                let length = 1 + UInt32(random.next() % 262_144)
                // Some chunks come again and again.
                let id = ChunkID(SHA256Hasher.hash(Array("\(index % 5 == 0 ? 0 : index)".utf8)))
                chunks.append(RecipeChunk(id: id, offset: offset, length: length))
                try builder.add(id, length: length)
                offset += UInt64(length)
            }
            recipe = try #require(try builder.finish(oid: oid))
            self.chunks = chunks
        }

        func reader(size: UInt64? = nil) throws -> RecipeReader {
            try RecipeReader(object: recipe.object, oid: oid, size: size, fetch: nodes.fetch)
        }
    }

    private func all(_ reader: RecipeReader) throws -> [RecipeChunk] {
        var result: [RecipeChunk] = []
        var cursor = try reader.chunks()
        while let chunk = try cursor.next() { result.append(chunk) }
        return result
    }

    @Test("chunks come back in order, with their totals", arguments: [2, 3, 60, 5000, 40_000])
    func roundTrip(count: Int) throws {
        let built = try Built(count)
        let reader = try built.reader(size: built.recipe.size)
        #expect(try all(reader) == built.chunks)
        #expect(reader.chunkCount == UInt64(count) && reader.profile == "std-v1" && reader.oid == built.oid)
        #expect(reader.size == built.chunks.reduce(0) { $0 + UInt64($1.length) })
    }

    @Test("distinct chunks are all there, each node once", arguments: [2, 60, 5000, 40_000])
    func distinct(count: Int) throws {
        let built = try Built(count)
        var found: [RecipeChunk] = []
        try built.reader().forEachDistinct { found.append($0) }
        #expect(Set(found.map(\.id)) == Set(built.chunks.map(\.id)))
        // What is not passed over is where it is.
        #expect(Set(found).isSubset(of: built.chunks))
    }

    @Test("the same chunk again and again costs a few nodes")
    func repeated() throws {
        let nodes = NodeCollector()
        var builder = RecipeBuilder(profile: "std-v1") { nodes.add($0, $1) }
        let id = ChunkID(SHA256Hasher.hash([7]))
        for _ in 0..<300_000 { try builder.add(id, length: 4096) }
        let oid = OID(SHA256Hasher.hash([8]))
        let recipe = try #require(try builder.finish(oid: oid))
        var fetches = 0
        let reader = try RecipeReader(object: recipe.object, oid: oid, size: recipe.size) { node in
            fetches += 1
            return try nodes.fetch(node)
        }
        var count = 0
        try reader.forEachDistinct { _ in count += 1 }
        #expect(count > 0 && count < 10_000 && fetches < 20)
    }

    @Test("a file of one chunk or of none needs no recipe")
    func none() throws {
        var builder = RecipeBuilder(profile: "std-v1") { _, _ in }
        #expect(try builder.finish(oid: OID(SHA256Hasher.hash([]))) == nil)
        builder = RecipeBuilder(profile: "std-v1") { _, _ in }
        try builder.add(ChunkID(SHA256Hasher.hash([1])), length: 1)
        #expect(try builder.finish(oid: OID(SHA256Hasher.hash([1]))) == nil)
    }

    @Test("the frozen recipes are written as ever")
    func golden() throws {
        #expect(try Built(3).recipe.object == Golden.bytes("recipe.object"))
        let large = try Built(5000)
        #expect(large.recipe.object == (try Golden.bytes("recipe-level-1.object")))
    }

    @Test("a range of bytes is found by reading one node a level")
    func ranges() throws {
        let built = try Built(40_000)
        let reader = try built.reader()
        var random = SeededBytes(seed: 8)
        for _ in 0..<200 {
            let start = random.next() % reader.size
            let end = min(reader.size, start + 1 + random.next() % 500_000)
            built.nodes.fetchCount = 0
            var found: [RecipeChunk] = []
            try reader.forEach(in: start..<end) { found.append($0) }
            #expect(found == built.chunks.filter { $0.range.overlaps(start..<end) })
            #expect(built.nodes.fetchCount <= 5)
        }
        var cursor = try reader.chunks(from: reader.size)
        #expect(try cursor.next() == nil)
        try reader.forEach(in: 5..<5) { _ in Issue.record("nothing lies in an empty range") }
    }

    @Test("a recipe says whose it is")
    func identity() throws {
        let built = try Built(10)
        #expect(try built.recipe.object.withUnsafeBytes { try ObjectIdentity.id(of: $0, type: .recipe) } == built.oid.digest)
        #expect(throws: TenonError.self) {
            try RecipeReader(object: built.recipe.object, oid: OID(SHA256Hasher.hash([])), size: nil, fetch: built.nodes.fetch)
        }
        #expect(throws: TenonError.self) { try built.reader(size: built.recipe.size + 1) }
    }

    @Test("every truncation and every changed byte of a recipe is refused")
    func damage() throws {
        let built = try Built(10)
        let object = built.recipe.object
        for length in 0..<object.count { #expect(throws: TenonError.self) { try read(Array(object[..<length]), built) } }
        for position in object.indices {
            for mask: UInt8 in [1, 128, 255] {
                var damaged = object
                damaged[position] ^= mask
                #expect(throws: TenonError.self) { try read(damaged, built) }
            }
        }
    }

    @Test("a changed root under a right hash is refused, or is another recipe in its one encoding")
    func forged() throws {
        let built = try Built(10)
        let root = try built.recipe.object.withUnsafeBytes { try RecipeObject.parse($0).root }
        for position in root.indices {
            for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                var damaged = root
                damaged[position] ^= mask
                let object = RecipeObject.bytes(oid: built.oid, profile: "std-v1", root: damaged)
                guard let chunks = try? read(object, built) else { continue }
                var builder = RecipeBuilder(profile: "std-v1") { _, _ in }
                for chunk in chunks { try builder.add(chunk.id, length: chunk.length) }
                #expect(try builder.finish(oid: built.oid)?.object == object, "\(position) \(mask)")
            }
        }
    }

    @Test("an inner node that names other children, sums or lengths is refused")
    func damagedInnerNode() throws {
        let built = try Built(1000)
        let root = try built.recipe.object.withUnsafeBytes { try RecipeObject.parse($0).root }
        #expect(root[6] == 1)
        for position in root.indices {
            var damaged = root
            damaged[position] ^= 1
            let object = RecipeObject.bytes(oid: built.oid, profile: "std-v1", root: damaged)
            #expect(throws: TenonError.self, "\(position)") { try read(object, built) }
        }
    }

    private func read(_ object: [UInt8], _ built: Built) throws -> [RecipeChunk] {
        try all(try RecipeReader(object: object, oid: built.oid, size: nil, fetch: built.nodes.fetch))
    }
}
