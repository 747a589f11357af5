// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/report.h"

#include "widgets/theme.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QPainter>
#include <QPdfWriter>

#include <algorithm>

namespace chainrule {

namespace {

class ReportPdf {
    Q_DECLARE_TR_FUNCTIONS(chainrule::Report)
};

// Lengths in px, of which 96 are an inch, as in the pictures; the page is A4 without its margins.
constexpr double px = 96.0 / 25.4;
constexpr double margin = 16.0; // millimetres
constexpr double width = 178.0 * px;
constexpr double height = 265.0 * px;
constexpr int commandLetters = 104; // on a line
constexpr int resultLetters = 76;
using Anchor = Lettering::Anchor;

// A page: its own words, and the figures that lie on it.
struct Page {
    Picture text{QSizeF(width, height), {}};
    std::vector<std::pair<QPointF, const Figure*>> figures;
    double y = 0.0; // down to where it is full

    void figure(const Figure& shown, double x) { figures.emplace_back(QPointF(x, y), &shown); }
    void heading(const QString& words)
    {
        y += 28.0;
        text.text({0.0, y}, words, {16, printColors().text, true, Anchor::Start});
        y += 10.0;
    }
};

// Lines of at most so many letters, broken at spaces where there are any.
QStringList wrapped(const QString& words, int letters)
{
    QStringList lines;
    QString rest = words;
    while (rest.size() > letters) {
        qsizetype at = rest.lastIndexOf(QLatin1Char(' '), letters);
        if (at <= 0)
            at = letters;
        lines << rest.left(at);
        rest = rest.mid(at).trimmed();
    }
    return lines << rest;
}

void addFacts(Page& page, const Report& report)
{
    const ThemeColors& colors = printColors();
    const double gap = 24.0;
    const double column = (width - 2.0 * gap) / 3.0;
    const double top = page.y;
    double bottom = top;
    double x = 0.0;
    for (const Report::Group& group : report.groups) {
        double y = top + 16.0;
        page.text.text({x, y}, group.title, {14, colors.text, true, Anchor::Start});
        for (const Report::Fact& fact : group.facts) {
            y += 17.0;
            page.text.text({x, y}, fact.name, {11, colors.quietText, false, Anchor::Start});
            // A long value goes on below, at the right edge like the others.
            const auto room =
                static_cast<int>((column - 6.4 * static_cast<double>(fact.name.size()) - 8.0) / 6.0);
            const QStringList lines = wrapped(fact.value, std::max(12, room));
            for (const QString& line : lines) {
                page.text.text({x + column, y}, line, {11, colors.text, false, Anchor::End});
                y += 14.0;
            }
            y -= 14.0;
        }
        bottom = std::max(bottom, y);
        x += column + gap;
    }
    page.y = bottom + 18.0;
}

void addHistory(Page& page, const Report& report)
{
    const ThemeColors& colors = printColors();
    const double column = width / static_cast<double>(report.historyHeader.size());
    const auto row = [&](const QStringList& cells, bool bold) {
        page.y += 15.0;
        for (qsizetype i = 0; i < cells.size(); ++i) {
            page.text.text({column * static_cast<double>(i + 1) - 6.0, page.y}, cells[i],
                           {11, colors.text, bold, Anchor::End});
        }
        page.y += 4.0;
        page.text.line({0.0, page.y}, {width, page.y}, colors.line, 0.8);
    };
    page.heading(report.historyNote.isEmpty() ? ReportPdf::tr("History")
                                              : ReportPdf::tr("History (%1)").arg(report.historyNote));
    page.y -= 4.0;
    row(report.historyHeader, true);
    for (const QStringList& cells : report.history)
        row(cells, false);
}

Page firstPage(const Report& report)
{
    const ThemeColors& colors = printColors();
    Page page;
    page.text.text({0.0, 24.0}, report.title, {26, colors.text, true, Anchor::Start});
    page.text.text({0.0, 44.0}, report.made, {12, colors.quietText, false, Anchor::Start});
    page.text.line({0.0, 58.0}, {width, 58.0}, colors.line, 1.0);
    page.text.text({0.0, 91.0}, report.accuracy, {32, colors.text, true, Anchor::Start});
    page.text.text({170.0, 78.0}, ReportPdf::tr("test accuracy"), {12, colors.text, true, Anchor::Start});
    double below = 94.0;
    for (const QString& line : wrapped(report.measured, resultLetters)) {
        page.text.text({170.0, below}, line, {12, colors.text, false, Anchor::Start});
        below += 15.0;
    }
    page.text.line({0.0, 106.0}, {width, 106.0}, colors.line, 1.0);
    page.y = 116.0;
    addFacts(page, report);
    page.figure(report.loss, 0.0);
    page.figure(report.accuracyCurve, width - report.accuracyCurve.size().width());
    page.y += report.loss.size().height();
    if (!report.history.empty())
        addHistory(page, report);
    page.heading(ReportPdf::tr("To repeat it"));
    const QStringList lines = wrapped(report.command, commandLetters);
    page.text.rect({0.0, page.y, width, 14.0 * static_cast<double>(lines.size()) + 12.0}, colors.window, 4.0);
    page.y += 4.0;
    for (const QString& line : lines) {
        page.y += 14.0;
        page.text.text({8.0, page.y}, line, {10, colors.text, false, Anchor::Start, true});
    }
    return page;
}

Page secondPage(const Report& report)
{
    Page page;
    page.heading(ReportPdf::tr("Which classes are confused"));
    page.figure(report.confusion, 0.0);
    page.y += report.confusion.size().height() + 18.0;
    page.text.text({0.0, page.y}, report.confused, {12, printColors().quietText, false, Anchor::Start});
    page.y += 12.0;
    page.heading(ReportPdf::tr("The first ten test samples"));
    page.figure(report.predictions, 0.0);
    return page;
}

void paint(QPainter& painter, const Page& page)
{
    page.text.paint(painter);
    for (const auto& [at, figure] : page.figures) {
        painter.save();
        painter.translate(at);
        figure->paint(painter);
        painter.restore();
    }
}

} // namespace

QByteArray reportPdf(const Report& report)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(report.title);
        writer.setCreator(QStringLiteral("Chainrule " CHAINRULE_VERSION));
        writer.setResolution(300);
        writer.setPageSize(QPageSize(QPageSize::A4));
        writer.setPageMargins(QMarginsF(margin, margin, margin, margin), QPageLayout::Millimeter);
        QPainter painter(&writer);
        painter.scale(300.0 / 96.0, 300.0 / 96.0);
        paint(painter, firstPage(report));
        writer.newPage();
        paint(painter, secondPage(report));
    }
    return buffer.data();
}

} // namespace chainrule
