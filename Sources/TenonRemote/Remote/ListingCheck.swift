import TenonCore

/// What must hold of each page of a listing, whatever the storage says.
struct ListingCheck {
    let prefix: ObjectPrefix
    let after: ObjectName?
    let limit: Int

    /// Throws `corrupt` if the page holds names that were not asked for, out of order or twice, or leads nowhere.
    func check(_ page: ObjectPage) throws(TenonError) {
        guard page.entries.count <= limit else { throw refusal("\(page.entries.count) names came where \(limit) were asked for") }
        var last = after
        for entry in page.entries {
            guard prefix.matches(entry.name) else { throw refusal("'\(entry.name)' does not begin so") }
            if let last, entry.name <= last { throw refusal("'\(entry.name)' comes after '\(last)'") }
            last = entry.name
        }
        if let next = page.next {
            // Each page must lead on, or the listing would never end.
            guard next >= last ?? next, after.map({ next > $0 }) ?? true else { throw refusal("its next page would be the same one") }
        }
    }

    private func refusal(_ cause: String) -> TenonError {
        TenonError(.corrupt, "the remote's listing of '\(prefix)' can't be believed", cause: cause)
    }
}
