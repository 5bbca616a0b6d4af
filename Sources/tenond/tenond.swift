import TenonServer

/// The daemon's program.
@main
enum Tenond {
    static func main() {
        Daemon.main()
    }
}
