/// A value in a file of parameters, and where its text stands.
struct ParameterLeaf: Hashable {
    enum Kind: Hashable {
        case number, flag, text, nothing, list, other

        /// As an error calls it.
        var words: String {
            switch self {
            case .number: "a number"
            case .flag: "true or false"
            case .text: "a text"
            case .nothing: "nothing"
            case .list: "a list"
            case .other: "a value of another type"
            }
        }
    }

    /// Keys from the top, joined by dots.
    var name: String
    var kind: Kind
    /// The bytes of its text; `nil`: they can't be replaced by themselves, such as a text over several lines.
    var range: Range<Int>?
    /// What must stand before a value where there is none yet.
    var lead = ""
    /// Whether it stands in quotes.
    var isQuoted = false
}
