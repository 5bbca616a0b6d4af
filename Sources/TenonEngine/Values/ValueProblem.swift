import TenonCore

/// What is wrong with a file of values; whoever knows the file's name puts it in front.
enum ValueProblem {
    static func error(_ cause: String) -> TenonError {
        TenonError(.invalidArgument, "the values can't be read", cause: cause)
    }
}
