import TenonCommands

@main
enum Main {
    static func main() { CommandLineTool.main() }
}
