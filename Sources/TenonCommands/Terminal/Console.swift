import Glibc
import TenonAPI

/// What a command writes: text or one JSON document on standard output, progress and warnings on standard error.
final class Console {
    /// The common options, as the person gave them.
    struct Settings {
        var json = false
        var progress = ProgressMode.auto
        var isQuiet = false
        var isVerbose = false
        var color = ColorChoice.auto
    }

    let settings: Settings
    let progress: ProgressDisplay
    let style: Style
    private var output = OutputStream(descriptor: STDOUT_FILENO)

    init(_ settings: Settings) {
        self.settings = settings
        style = Self.style(settings.color, for: STDOUT_FILENO)
        progress = ProgressDisplay(mode: Self.mode(settings.progress, isQuiet: settings.isQuiet))
    }

    var isJSON: Bool { settings.json }

    /// Text for people, in place of which programs get a document.
    func text(_ text: String) {
        guard !isJSON, !settings.isQuiet, !text.isEmpty else { return }
        progress.clear()
        output.write(text)
    }

    /// One line of many, in bytes since it may hold names in any encoding.
    func line(_ bytes: [UInt8]) {
        guard !isJSON, !settings.isQuiet, !bytes.isEmpty else { return }
        progress.clear()
        output.write(bytes)
    }

    /// Bytes that were asked for: written at once, whatever the options.
    func copy(_ bytes: UnsafeRawBufferPointer) {
        progress.clear()
        output.flush()
        OutputStream.write(bytes, to: STDOUT_FILENO)
    }

    /// The document of `--json`; indented for a person at a terminal.
    func document(_ value: some Encodable) throws {
        progress.clear()
        do {
            output.write(try WireCoding.encode(value, pretty: TerminalDevice.isTerminal(STDOUT_FILENO)))
            output.write("\n")
        } catch {
            throw TenonError(.internal, "writing JSON failed", cause: "\(error)")
        }
    }

    /// A report that no daemon makes: as text, or as a document.
    func report<Report: Encodable>(_ report: Report, text: (Report) -> String) throws {
        if isJSON { try document(report) } else { self.text(text(report)) }
        flush()
    }

    func flush() {
        progress.clear()
        output.flush()
    }

    static func style(_ choice: ColorChoice, for descriptor: CInt) -> Style {
        switch choice {
        case .always: .colored
        case .never: .plain
        case .auto:
            Style(
                isColored: TerminalDevice.environment("NO_COLOR") == nil && TerminalDevice.environment("TERM") != "dumb"
                    && TerminalDevice.isTerminal(descriptor))
        }
    }

    private static func mode(_ mode: ProgressMode, isQuiet: Bool) -> ProgressMode {
        guard mode == .auto else { return mode }
        return !isQuiet && TerminalDevice.environment("TERM") != "dumb" && TerminalDevice.isTerminal(STDERR_FILENO) ? .auto : .none
    }
}
