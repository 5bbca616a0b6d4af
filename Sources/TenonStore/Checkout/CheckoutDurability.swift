/// When the files of a checkout are forced to disk.
package enum CheckoutDurability: Sendable {
    /// New files before the first old one is touched, and all before the call returns.
    case atOnce
    /// Not by the checkout: until its caller has, a power cut may take back or cut short what was written. Only for artifacts whose base says so.
    case deferred
}
