import Testing

@testable import TenonRemote

@Suite("Times in replies")
struct CalendarTimeTests {
    @Test("Times are read and written")
    func good() {
        #expect(CalendarTime.basic(0) == "19700101T000000Z")
        #expect(CalendarTime.basic(1_369_353_600) == "20130524T000000Z")
        #expect(CalendarTime.milliseconds(httpDate: "Fri, 24 May 2013 00:00:00 GMT") == 1_369_353_600_000)
        #expect(CalendarTime.milliseconds(httpDate: "Thu, 29 Feb 2024 23:59:59 GMT") == 1_709_251_199_000)
        #expect(CalendarTime.milliseconds(iso: "2013-05-24T00:00:00Z") == 1_369_353_600_000)
        #expect(CalendarTime.milliseconds(iso: "2013-05-24T00:00:00.25Z") == 1_369_353_600_250)
        #expect(CalendarTime.milliseconds(iso: "2013-05-24T00:00:00.123456789Z") == 1_369_353_600_123)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "x", "Fri, 24 Foo 2013 00:00:00 GMT", "Fri, 24 May 2013 25:00:00 GMT", "24 May 2013", "2013-05-24", "2013-13-24T00:00:00Z",
            "2013-05-24T00:00Z", "2013-05-24T00:00:00+02:00", "99999-05-24T00:00:00Z", "2013-05-24T00:00:00.Z",
        ])
    func bad(_ text: String) {
        #expect(CalendarTime.milliseconds(httpDate: text) == nil)
        #expect(CalendarTime.milliseconds(iso: text) == nil)
    }
}
