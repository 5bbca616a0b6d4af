import TenonAPI
import TenonCore

extension Job {
    /// A scope with the inputs and outputs that its stages declare.
    func completed(_ scope: TrialScope) throws -> TrialScope { scope }

    /// The parameters and files of metrics that a scope's stages declare.
    func declaredValues(_ scope: TrialScope) throws -> (parameters: [RunParameter], metrics: [WirePath]) { ([], []) }
}
