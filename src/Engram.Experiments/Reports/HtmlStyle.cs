using Engram.Figures.Rendering;

namespace Engram.Experiments.Reports;

/// <summary>How pages look. Ink and ground are those of the figures.</summary>
internal static class HtmlStyle
{
    /// <summary>The style sheet of every page.</summary>
    public static string Sheet { get; } = $$"""

        :root { color-scheme: light dark; --ground: {{Palette.Background.Light}}; --text: {{Palette.Text.Light}};
          --muted: {{Palette.Muted.Light}};
          --rule: #d8d8d8; --tint: #f5f6f7; --good: #00694c; --bad: #a84300; --link: #005b8f; }
        @media screen and (prefers-color-scheme: dark) {
          :root { --ground: {{Palette.Background.Dark}}; --text: {{Palette.Text.Dark}}; --muted: {{Palette.Muted.Dark}};
            --rule: #343a42; --tint: #1e2227; --good: #2fc99d; --bad: #f4864a; --link: #6bb8ea; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 3rem; background: var(--ground); color: var(--text);
          font: 16px/1.5 Helvetica, Arial, sans-serif; overflow-wrap: break-word; }
        h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.2; }
        h2 { margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--rule); font-size: 1.3rem; line-height: 1.3; }
        h3 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
        p, ul { margin: .6rem 0; }
        a { color: var(--link); }
        .lead { font-size: 1.05rem; color: var(--muted); }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
        .scroll { overflow-x: auto; margin: .75rem 0 1.25rem; }
        table { border-collapse: collapse; font-size: .9rem; }
        caption { padding: 0 0 .4rem; text-align: left; color: var(--muted); }
        th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
        thead th { border-bottom: 2px solid var(--rule); vertical-align: bottom; }
        tbody th { font-weight: normal; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .good { color: var(--good); } .bad { color: var(--bad); } .muted { color: var(--muted); }
        td.good::before, th.good::before { content: "✓ "; } td.bad::before, th.bad::before { content: "✗ "; }
        .notice { padding: .6rem .9rem; border-left: 4px solid currentColor; background: var(--tint); }
        pre { margin: .6rem 0; padding: .7rem .9rem; overflow-x: auto; background: var(--tint);
          border: 1px solid var(--rule); border-radius: 4px;
          font: .85rem/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        code { font-family: inherit; }
        figure { margin: 1rem 0 1.5rem; }
        figure svg { display: block; max-width: 100%; height: auto; }
        figcaption { margin-top: .4rem; max-width: 46rem; font-size: .9rem; color: var(--muted); }
        figcaption strong { color: var(--text); }
        .download { white-space: nowrap; }
        details { margin: .6rem 0; }
        summary { cursor: pointer; color: var(--link); }
        footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--rule); font-size: .85rem; color: var(--muted); }
        @media print {
          @page { margin: 18mm 16mm; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          nav, .download { display: none; }
          h2, h3, caption, summary { break-after: avoid; }
          figure, tr, .notice { break-inside: avoid; }
          thead { display: table-header-group; }
          .scroll, pre { overflow: visible; }
          pre { white-space: pre-wrap; }
          details::details-content { content-visibility: visible; display: block; height: auto; }
          summary { list-style: none; color: var(--text); }
        }

        """;
}
