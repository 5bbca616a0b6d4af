/// How the page looks. Colours are variables, with two values each.
enum StyleSheet {
    /// So many series have a colour, dash and marker of their own.
    static let seriesCount = 8
    /// Steps of the scale of values.
    static let scaleCount = 8

    /// Series: Okabe and Ito's colours (https://jfly.uni-koeln.de/color/, told apart with any colour vision), dark enough for white and light enough for
    /// dark ground. Scale of values: viridis (https://bids.github.io/colormap/), so that more stands out more on either ground.
    static let text: StaticString = """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2027;--muted:#5b6572;--line:#d9dee5;--grid:#eaedf1;--accent:#0066a8;--on:#fff;--warn:#9a4a00;
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b0508a;--c4:#b87800;--c5:#3a9ad0;--c6:#222a33;--c7:#8a8f98;
        --q0:#c9b21a;--q1:#9cbb2f;--q2:#4fb56a;--q3:#23a184;--q4:#26828e;--q5:#35608d;--q6:#443983;--q7:#440154}
        @media (prefers-color-scheme:dark){:root{--page:#0e1217;--card:#161b22;--ink:#e7ebf0;--muted:#9aa6b4;--line:#323b47;--grid:#232b35;--accent:#5cb3f0;--on:#0b1016;--warn:#f0a860;
        --c0:#4aa8e8;--c1:#ff8a4c;--c2:#2ec99a;--c3:#e691c2;--c4:#f0bb3f;--c5:#9bd6ff;--c6:#e7ebf0;--c7:#8b95a2;
        --q0:#6a5a9e;--q1:#5273b0;--q2:#3f8fb0;--q3:#2fa8a0;--q4:#45c07c;--q5:#86d04f;--q6:#c4dc36;--q7:#fde725}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
        header,main{max-width:1240px;margin:0 auto;padding:0 24px}
        header{padding-top:32px}
        h1{font-size:26px;line-height:1.25;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
        header p{margin:6px 0 0;color:var(--muted);overflow-wrap:anywhere}
        nav{display:flex;flex-wrap:wrap;gap:8px;margin-top:16px}
        nav a{color:var(--ink);text-decoration:none;background:var(--card);border:1px solid var(--line);border-radius:999px;padding:3px 13px;font-size:14px}
        nav a:hover,nav a:focus-visible{border-color:var(--accent);color:var(--accent)}
        main{padding-bottom:48px}
        section{margin-top:36px}
        h2{font-size:19px;margin:0 0 4px;letter-spacing:-.005em}
        .note{margin:0;color:var(--muted);max-width:90ch}
        .grid{display:grid;gap:18px;margin-top:14px;grid-template-columns:repeat(auto-fill,minmax(min(100%,520px),1fr))}
        .grid.dense{grid-template-columns:repeat(auto-fill,minmax(min(100%,360px),1fr))}
        .grid.one{grid-template-columns:minmax(0,1fr)}
        figure{margin:0;min-width:0;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px 12px}
        h3{font-size:15px;font-weight:600;line-height:1.35;margin:0;overflow-wrap:anywhere}
        h3 small{font-weight:400;font-size:13px;color:var(--muted);margin-left:8px}
        svg{display:block;width:100%;height:auto;overflow:visible;margin-top:8px}
        .grid.one svg{max-height:560px}
        .legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:8px 0 2px;padding:0;font-size:13px;color:var(--ink)}
        .legend li{display:flex;align-items:center;gap:7px;min-width:0;max-width:100%}
        .legend span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:44ch}
        .legend svg{margin:0;width:26px;height:12px;flex:none}
        .legend svg.ramp{width:132px;height:10px}
        figcaption p{margin:6px 0 0;font-size:13px;color:var(--muted);max-width:90ch}
        details{margin-top:8px;font-size:13px}
        summary{cursor:pointer;color:var(--muted);width:fit-content}
        summary:hover,summary:focus-visible{color:var(--accent)}
        .scroll{overflow:auto;max-height:300px;margin-top:8px;border:1px solid var(--line);border-radius:8px}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{padding:4px 12px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
        th:first-child{text-align:left}
        tbody th{font-weight:400}
        thead th{position:sticky;top:0;background:var(--card);font-weight:600;border-bottom-color:var(--line)}
        .problems{border:1px solid var(--line);border-left:4px solid var(--warn);border-radius:8px;background:var(--card);padding:12px 18px}
        .problems h2{font-size:15px}.problems ul{margin:4px 0 0;padding-left:20px;overflow-wrap:anywhere}
        text{fill:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
        text.t{fill:var(--ink)}text.b{fill:var(--ink);font-weight:600}
        .g{stroke:var(--grid);stroke-width:1}.a{stroke:var(--line);stroke-width:1;fill:none}.ax{stroke:var(--muted);stroke-width:1}
        .s{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .thin{stroke-width:1.1}
        .p{stroke:var(--card);stroke-width:1.5}
        .k0{stroke:var(--c0)}.k1{stroke:var(--c1)}.k2{stroke:var(--c2)}.k3{stroke:var(--c3)}.k4{stroke:var(--c4)}.k5{stroke:var(--c5)}.k6{stroke:var(--c6)}.k7{stroke:var(--c7)}
        .f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}
        .l{fill:none;stroke-width:1.6;stroke-linejoin:round;opacity:.72}
        .l:hover,.l.best{opacity:1;stroke-width:3.4}
        .v0{stroke:var(--q0)}.v1{stroke:var(--q1)}.v2{stroke:var(--q2)}.v3{stroke:var(--q3)}.v4{stroke:var(--q4)}.v5{stroke:var(--q5)}.v6{stroke:var(--q6)}.v7{stroke:var(--q7)}
        .w0{fill:var(--q0)}.w1{fill:var(--q1)}.w2{fill:var(--q2)}.w3{fill:var(--q3)}.w4{fill:var(--q4)}.w5{fill:var(--q5)}.w6{fill:var(--q6)}.w7{fill:var(--q7)}
        .ring{fill:none;stroke:var(--ink);stroke-width:1.6}
        .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
        .cell{fill:var(--accent)}.frame{fill:none;stroke:var(--line)}text.on{fill:var(--on)}
        @media print{body{background:#fff}figure{break-inside:avoid}}

        """
}
