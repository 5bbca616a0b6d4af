import ArgumentParser

extension ParsableCommand {
    /// Shows this command's help where the first word to be passed on asks for help; words that are passed on are not looked at otherwise.
    func showHelp(ifAskedBy words: [String]) throws {
        if let first = words.first, ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(self) }
    }
}
