/// The hook of a bare repository by which a server judges what is pushed: `pre-receive`, the text of the file of that name beside this one.
package enum ServerHook {
    package static let name = "pre-receive"

    /// The script as it is installed. The arguments are shell words, quoted already.
    ///
    /// - Parameters:
    ///   - tenon: the program, by absolute path.
    ///   - next: the hook that runs after Tenon's; where there is no such executable file, none does.
    package static func text(tenon: String, next: String) -> String {
        String(decoding: PackageResources.pre_receive, as: UTF8.self).replacingFirst("@TENON@", with: tenon).replacingFirst("@NEXT@", with: next)
    }
}
