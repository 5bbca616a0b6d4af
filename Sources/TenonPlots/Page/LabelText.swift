/// Labels in drawings: how wide they are, about, and how they are cut.
enum LabelText {
    /// In units of a drawing, for the sans-serif letters of the style sheet at 12 units: on the safe side, since no font can be asked.
    static func width(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar {
            case "i", "j", "l", "t", "f", "r", "I", ".", ",", ":", ";", "'", "|", " ", "(", ")", "[", "]", "-": sum + 4.4
            case "m", "w", "M", "W", "@", "%": sum + 10.5
            case _ where scalar.value >= 0x2E80: sum + 12.5
            default: sum + 7.2
            }
        }
    }

    /// At most so wide, with an ellipsis in the middle: names differ at both ends.
    static func fit(_ text: String, width: Double) -> String {
        // No label is read that is longer.
        let text = String(text.prefix(400))
        guard self.width(text) > width else { return text }
        let characters = Array(text)
        var kept = characters.count - 1
        while kept > 2 {
            let shown = String(characters.prefix((kept + 1) / 2)) + "…" + String(characters.suffix(kept / 2))
            if self.width(shown) <= width { return shown }
            kept -= 1
        }
        return String(characters.prefix(2)) + "…"
    }
}
