import Glibc
import Testing

@testable import TenonClient

struct EnvironmentSurveyTests {
    @Test func `who is at work is told by the environment, else by the system`() throws {
        func user(_ variables: [String: String]) -> String {
            EnvironmentSurvey(environment: ClientEnvironment(variables: variables, directory: Array("/".utf8)), command: []).place.user
        }
        #expect(user(["USER": "ada", "LOGNAME": "grace"]) == "ada")
        #expect(user(["LOGNAME": "grace"]) == "grace")
        let name = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
        #expect(user([:]) == name ?? "\(getuid())")
    }
}
