import TenonAPI

/// Errors as people see them: one line that says what failed and why, then a hint where there is one.
enum ErrorText {
    static func text(_ error: TenonError, style: Style) -> String {
        var text = "\(style.red("tenon:")) \(error)\n"
        if let hint = error.hint { text += "\(style.yellow("hint:")) \(hint)\n" }
        return text
    }

    /// The exit status by the kind of failure. Wrong usage (64) is settled before anything is asked of the daemon.
    static func exitStatus(_ error: TenonError) -> Int32 {
        switch error.code {
        case .noDaemon: 69
        case .cancelled: 130
        default: 2
        }
    }
}
