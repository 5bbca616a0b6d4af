/// How `verify` proves what a remote holds.
package struct RemoteProof: Codable, Sendable, Hashable {
    /// The remote's name.
    package var name: String
    /// The share of the objects that is read and hashed, over 0 and up to 1; `nil`: what listings and indexes say is believed.
    package var readShare: Double?
    /// By which a sample is drawn, so that it can be drawn again; `nil`: any.
    package var seed: UInt32?
    /// Transfers at the same time; 0: as many as seem good.
    package var jobs: Int
    /// Variables of the person's environment by which remotes are reached.
    package var environment: [String: String]

    package init(name: String, readShare: Double? = nil, seed: UInt32? = nil, jobs: Int = 0, environment: [String: String] = [:]) {
        self.name = name
        self.readShare = readShare
        self.seed = seed
        self.jobs = jobs
        self.environment = environment
    }

    /// What was proved.
    package struct Result: Codable, Sendable, Hashable {
        package var name: String
        /// Distinct objects (chunks, and what says how files and directories are made of them) that the commits need.
        package var objects: Int
        /// Packs in which the indexes find them.
        package var packs: Int
        /// How many of the objects were read and hashed.
        package var readObjects: Int
        /// Bytes that came from the remote for that.
        package var readBytes: UInt64
        /// The share that was asked for, and by which seed it was drawn; `nil`: nothing was read.
        package var readShare: Double?
        package var seed: UInt32?
        /// What to do about the findings; `nil`: there are none.
        package var remedy: String?

        package init(
            name: String, objects: Int, packs: Int, readObjects: Int = 0, readBytes: UInt64 = 0, readShare: Double? = nil, seed: UInt32? = nil,
            remedy: String? = nil
        ) {
            self.name = name
            self.objects = objects
            self.packs = packs
            self.readObjects = readObjects
            self.readBytes = readBytes
            self.readShare = readShare
            self.seed = seed
            self.remedy = remedy
        }
    }
}
