import Synchronization
import TenonCore
import TenonFormat

/// Reads, cuts, hashes, compresses and writes the files of one tree, on all processors, with bounded memory.
///
/// Work is large files, the largest first, then runs of small ones in canonical order, so that neighbours share blocks. Blocks of large files may be
/// compressed by any thread; a thread whose block finds no taker compresses it itself instead of waiting.
struct IngestPipeline {
    let tree: ArtifactTree
    let session: PackSession
    let metadata: MetadataWriter
    let choice: CompressionChoice
    let progress: ProgressSink

    /// Files above this have blocks of their own.
    private static let smallFileLimit = UInt64(BlockLimits.smallFilesBlockLength)
    /// Bytes of small files that one thread takes at a time.
    private static let runLength: UInt64 = 16 << 20
    /// So many files at most: many tiny ones cost by the file.
    private static let runCount = 4096

    private enum Job: Sendable {
        case large(ArtifactTree.FileReference)
        case small(Range<Int>)
    }

    struct Counts: Sendable {
        var readBytes: UInt64 = 0
        var newBytes: UInt64 = 0
    }

    /// Ingests `files`, given in canonical order.
    func run(_ files: [ArtifactTree.FileReference]) throws -> Counts {
        guard !files.isEmpty else { return Counts() }
        MemoryTuning.apply()
        let (jobs, small) = jobs(files)
        let threads = min(ThreadTeam.preferredCount, max(jobs.count, large(files) ? ThreadTeam.preferredCount : 1))
        let queue = BlockQueue(readers: threads)
        let next = Atomic<Int>(0)
        let counts = Mutex(Counts())
        let pipeline = self
        try ThreadTeam.run(threads) { _ in
            do {
                let worker = pipeline.worker(queue)
                while !queue.hasFailed {
                    if let block = queue.poll() {
                        try worker.compress(block)
                        queue.giveBack(block.buffer)
                        continue
                    }
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < jobs.count else { break }
                    try worker.perform(jobs[index], small)
                }
                queue.endReader()
                while let block = queue.next() {
                    try worker.compress(block)
                    queue.giveBack(block.buffer)
                }
                counts.withLock {
                    $0.readBytes += worker.cutter.readBytes
                    $0.newBytes += worker.cutter.newBytes
                }
            } catch {
                queue.fail()
                throw error
            }
        }
        return counts.withLock { $0 }
    }

    private func large(_ files: [ArtifactTree.FileReference]) -> Bool {
        files.contains { tree.item($0).stamp.size > IngestPipeline.smallFileLimit }
    }

    private func jobs(_ files: [ArtifactTree.FileReference]) -> (jobs: [Job], small: [ArtifactTree.FileReference]) {
        var large: [(file: ArtifactTree.FileReference, size: UInt64)] = []
        var small: [ArtifactTree.FileReference] = []
        var runs: [Range<Int>] = []
        var runStart = 0
        var runBytes: UInt64 = 0
        for file in files {
            let size = tree.item(file).stamp.size
            if size > IngestPipeline.smallFileLimit {
                large.append((file, size))
                continue
            }
            small.append(file)
            runBytes += size
            if runBytes >= IngestPipeline.runLength || small.count - runStart >= IngestPipeline.runCount {
                runs.append(runStart..<small.count)
                runStart = small.count
                runBytes = 0
            }
        }
        if runStart < small.count { runs.append(runStart..<small.count) }
        large.sort { $0.size > $1.size }
        return (large.map { .large($0.file) } + runs.map { .small($0) }, small)
    }

    private func worker(_ queue: BlockQueue) -> Worker {
        Worker(pipeline: self, queue: queue)
    }

    /// One thread's tools.
    private final class Worker {
        let pipeline: IngestPipeline
        let cutter: FileCutter
        private let compressor: BlockCompressor

        init(pipeline: IngestPipeline, queue: BlockQueue) {
            self.pipeline = pipeline
            let compressor = BlockCompressor(session: pipeline.session, choice: pipeline.choice)
            self.compressor = compressor
            cutter = FileCutter(
                session: pipeline.session, metadata: pipeline.metadata, progress: pipeline.progress,
                sink: FileCutter.Sink(reserve: queue.reserve, submit: queue.submit, compress: compressor.compress))
        }

        func compress(_ block: PendingBlock) throws {
            try compressor.compress(block)
        }

        func perform(_ job: Job, _ small: [ArtifactTree.FileReference]) throws {
            switch job {
            case .large(let file): try cut(file, blockLength: BlockLimits.dataBlockLength)
            case .small(let run):
                for index in run { try cut(small[index], blockLength: BlockLimits.smallFilesBlockLength) }
            }
            try cutter.flush()
        }

        private func cut(_ file: ArtifactTree.FileReference, blockLength: Int) throws {
            try pipeline.progress.check()
            let tree = pipeline.tree
            try SteadyRead.perform(file, of: tree) { descriptor, size in
                try cutter.cut(descriptor, size: size, blockLength: blockLength, name: tree.path(file))
            }
            pipeline.progress.add(bytes: 0, files: 1)
        }
    }
}
