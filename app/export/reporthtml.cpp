// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/picture.h"
#include "app/export/report.h"

#include <QCoreApplication>
#include <QLocale>

namespace chainrule {

namespace {

class ReportHtml {
    Q_DECLARE_TR_FUNCTIONS(chainrule::Report)
};

// Also XHTML, so that whatever reads XML reads it.
constexpr const char* style = R"(
@page { size: A4; margin: 16mm; }
* { box-sizing: border-box; }
html { background: #fff; color: #17202b; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { max-width: 178mm; margin: 12mm auto; font: 10pt/1.45 "Source Sans 3", "Noto Sans", "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
svg { display: block; max-width: 100%; height: auto; font-family: inherit; }
h1 { font-size: 20pt; font-weight: 650; line-height: 1.2; margin: 0; }
h2 { font-size: 12pt; font-weight: 650; margin: 7mm 0 2.5mm; }
p { margin: 0 0 2mm; }
.quiet { color: #667085; }
.result { display: flex; align-items: baseline; gap: 5mm; margin: 4mm 0 5mm; padding: 3mm 0; border: solid #dfe4ea; border-width: 1px 0; }
.result strong { font-size: 24pt; font-weight: 650; white-space: nowrap; line-height: 1; }
.groups { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6mm; }
.groups h2 { margin-top: 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.6mm 3mm; margin: 0; font-size: 9pt; }
dt { color: #667085; white-space: nowrap; }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
.curves { display: grid; grid-template-columns: 1fr 1fr; gap: 6mm; margin-top: 7mm; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; }
th, td { text-align: right; padding: 0.6mm 2mm; border-bottom: 1px solid #dfe4ea; }
th { font-weight: 650; }
pre { background: #f4f6f8; border-radius: 2mm; padding: 2.5mm 3mm; margin: 0; font-size: 8.5pt; white-space: pre-wrap; overflow-wrap: anywhere; }
section, figure, table { break-inside: avoid; }
figure { margin: 0; }
.second { break-before: page; }
h2 { break-after: avoid; }
@media print {
body { margin: 0; max-width: none; line-height: 1.25; }
h2 { margin-top: 5mm; }
.result { margin: 3mm 0 4mm; padding: 2.5mm 0; }
.curves { margin-top: 4mm; }
.curves svg { width: auto; max-height: 49mm; }
.second svg { width: auto; max-height: 108mm; }
table { font-size: 8pt; line-height: 1.05; }
th, td { padding: 0.2mm 2mm; }
}
)";

QByteArray heading(const QString& text)
{
    return "<h2>" + escaped(text) + "</h2>\n";
}

QByteArray figure(const Figure& shown)
{
    return "<figure>" + shown.svg() + "</figure>\n";
}

QByteArray groupText(const Report::Group& group)
{
    QByteArray html = "<section>" + heading(group.title) + "<dl>";
    for (const Report::Fact& fact : group.facts)
        html += "<dt>" + escaped(fact.name) + "</dt><dd>" + escaped(fact.value) + "</dd>\n";
    return html + "</dl></section>\n";
}

QByteArray historyText(const Report& report)
{
    QByteArray html = "<table><thead><tr>";
    for (const QString& title : report.historyHeader)
        html += "<th scope=\"col\">" + escaped(title) + "</th>";
    html += "</tr></thead><tbody>\n";
    for (const QStringList& row : report.history) {
        html += "<tr>";
        for (const QString& cell : row)
            html += "<td>" + escaped(cell) + "</td>";
        html += "</tr>\n";
    }
    return html + "</tbody></table>\n";
}

} // namespace

QByteArray reportHtml(const Report& report)
{
    QByteArray html =
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"" +
        QLocale().bcp47Name().toUtf8() +
        "\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
        escaped(report.title) + "</title>\n" +
        (report.author.isEmpty() ? QByteArray()
                                 : "<meta name=\"author\" content=\"" + escaped(report.author) + "\"/>\n") +
        "<style>" + style + "</style>\n</head>\n<body>\n";
    html += "<h1>" + escaped(report.title) + "</h1>\n";
    if (!report.author.isEmpty())
        html += "<p>" + escaped(report.author) + "</p>\n";
    html += "<p class=\"quiet\">" + escaped(report.made) + "</p>\n";
    html += "<div class=\"result\"><strong>" + escaped(report.accuracy) + "</strong><span>" +
            escaped(ReportHtml::tr("%1: %2").arg(report.accuracyName, report.measured));
    if (!report.warning.isEmpty())
        html += "<br/><b>" + escaped(report.warning) + "</b>";
    if (!report.drawn.isEmpty())
        html += "<br/><span class=\"quiet\">" + escaped(report.drawn) + "</span>";
    html += "</span></div>\n";
    html += "<div class=\"groups\">\n";
    for (const Report::Group& group : report.groups)
        html += groupText(group);
    html +=
        "</div>\n<div class=\"curves\">\n" + figure(report.loss) + figure(report.accuracyCurve) + "</div>\n";
    if (!report.history.empty()) {
        html += heading(ReportHtml::tr("History"));
        if (!report.historyNote.isEmpty())
            html += "<p class=\"quiet\">" + escaped(report.historyNote) + "</p>";
        html += historyText(report);
    }
    html += "<section class=\"second\">" + heading(ReportHtml::tr("Which classes are confused")) +
            figure(report.confusion) + "<p class=\"quiet\">" + escaped(report.confused) + "</p></section>\n";
    html += "<section>" + heading(report.samplesTitle) + figure(report.predictions) +
            "</section>\n<section>" + heading(report.repeatTitle);
    if (!report.repeatNote.isEmpty())
        html += "<p>" + escaped(report.repeatNote) + "</p>";
    if (!report.command.isEmpty())
        html += "<pre>" + escaped(report.command) + "</pre>";
    return html + "</section>\n</body>\n</html>\n";
}

} // namespace chainrule
