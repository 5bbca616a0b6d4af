import Glibc
import TenonServer

/// The daemon's program.
@main
enum Tenond {
    static func main() async {
        exit(await Daemon.main())
    }
}
