// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/report.h"

#include "widgets/style/theme.h"

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
constexpr int pageLetters = 100;        // of words in the size of the result's, over the page's width
constexpr double smallestMatrix = 0.75; // of its size, so that its counts can still be read
using Anchor = Lettering::Anchor;

// A page: its own words, and the figures that lie on it.
struct Page {
    struct Placed {
        QPointF at;
        const Figure* figure;
        double scale;
    };
    Picture text{QSizeF(width, height), {}};
    std::vector<Placed> figures;
};

// Pages that are filled from above.
struct Pages {
    std::vector<Page> pages = std::vector<Page>(1);
    double y = 0.0; // down to where the last one is full

    Picture& text() { return pages.back().text; }
    void newPage()
    {
        pages.emplace_back();
        y = 0.0;
    }
    // Goes on to another page where this one has no room for so much.
    void need(double room)
    {
        if (y > 0.0 && y + room > height)
            newPage();
    }
    void figure(const Figure& shown, double x, double scale = 1.0)
    {
        pages.back().figures.push_back({QPointF(x, y), &shown, scale});
    }
    void heading(const QString& words)
    {
        y += y > 0.0 ? 28.0 : 16.0;
        text().text({0.0, y}, words, {16, printColors().text, true, Anchor::Start});
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

void addFacts(Pages& pages, const Report& report)
{
    const ThemeColors& colors = printColors();
    const double gap = 24.0;
    const double column = (width - 2.0 * gap) / 3.0;
    const double top = pages.y;
    double bottom = top;
    double x = 0.0;
    for (const Report::Group& group : report.groups) {
        double y = top + 16.0;
        pages.text().text({x, y}, group.title, {14, colors.text, true, Anchor::Start});
        for (const Report::Fact& fact : group.facts) {
            y += 17.0;
            pages.text().text({x, y}, fact.name, {11, colors.quietText, false, Anchor::Start});
            // A long value goes on below, at the right edge like the others.
            const auto room =
                static_cast<int>((column - 6.4 * static_cast<double>(fact.name.size()) - 8.0) / 6.0);
            const QStringList lines = wrapped(fact.value, std::max(12, room));
            for (const QString& line : lines) {
                pages.text().text({x + column, y}, line, {11, colors.text, false, Anchor::End});
                y += 14.0;
            }
            y -= 14.0;
        }
        bottom = std::max(bottom, y);
        x += column + gap;
    }
    pages.y = bottom + 18.0;
}

void addHistory(Pages& pages, const Report& report)
{
    const double rowHeight = report.history.size() > 12 ? 15.0 : 19.0; // on the sheet with the curves
    const ThemeColors& colors = printColors();
    const double column = width / static_cast<double>(report.historyHeader.size());
    const auto row = [&](const QStringList& cells, bool bold) {
        pages.y += rowHeight;
        for (qsizetype i = 0; i < cells.size(); ++i) {
            pages.text().text({column * static_cast<double>(i + 1) - 6.0, pages.y - 4.0}, cells[i],
                              {11, colors.text, bold, Anchor::End});
        }
        pages.text().line({0.0, pages.y}, {width, pages.y}, colors.line, 0.8);
    };
    const QStringList notes =
        report.historyNote.isEmpty() ? QStringList() : wrapped(report.historyNote, pageLetters);
    pages.need(38.0 + 16.0 * static_cast<double>(notes.size()) +
               rowHeight * static_cast<double>(report.history.size() + 1));
    pages.heading(ReportPdf::tr("History"));
    for (const QString& note : notes) {
        pages.y += 16.0;
        pages.text().text({0.0, pages.y - 4.0}, note, {12, colors.quietText, false, Anchor::Start});
    }
    pages.y -= notes.isEmpty() ? 4.0 : 0.0;
    row(report.historyHeader, true);
    for (const QStringList& cells : report.history)
        row(cells, false);
}

void addResult(Pages& pages, const Report& report)
{
    constexpr double words = 170.0; // from here on, beside the large number
    const ThemeColors& colors = printColors();
    Picture& text = pages.text();
    text.text({0.0, 24.0}, report.title, {26, colors.text, true, Anchor::Start});
    text.text({0.0, 44.0},
              report.author.isEmpty() ? report.made : report.author + QStringLiteral(" · ") + report.made,
              {12, colors.quietText, false, Anchor::Start});
    text.line({0.0, 58.0}, {width, 58.0}, colors.line, 1.0);
    text.text({0.0, 91.0}, report.accuracy, {32, colors.text, true, Anchor::Start});
    text.text({words, 78.0}, report.accuracyName, {12, colors.text, true, Anchor::Start});
    double y = 78.0;
    for (const QString& line : wrapped(report.measured, resultLetters)) {
        y += 16.0;
        text.text({words, y}, line, {12, colors.text, false, Anchor::Start});
    }
    if (!report.warning.isEmpty()) {
        y += 16.0;
        text.text({words, y}, report.warning, {12, colors.text, true, Anchor::Start});
    }
    if (!report.drawn.isEmpty()) {
        for (const QString& line : wrapped(report.drawn, resultLetters)) {
            y += 16.0;
            text.text({words, y}, line, {12, colors.quietText, false, Anchor::Start});
        }
    }
    pages.y = y + 12.0;
    text.line({0.0, pages.y}, {width, pages.y}, colors.line, 1.0);
    pages.y += 10.0;
}

// The block that tells how to repeat the run, in lines.
struct Command {
    QStringList notes;
    QStringList lines;

    explicit Command(const Report& report)
        : notes(report.repeatNote.isEmpty() ? QStringList() : wrapped(report.repeatNote, pageLetters))
        , lines(report.command.isEmpty() ? QStringList() : wrapped(report.command, commandLetters))
    {
    }
    [[nodiscard]] double box() const
    {
        return lines.isEmpty() ? 0.0 : 14.0 * static_cast<double>(lines.size()) + 12.0;
    }
    [[nodiscard]] double height() const
    {
        return 38.0 + 16.0 * static_cast<double>(notes.size()) + 8.0 + box();
    }
};

void addCommand(Pages& pages, const QString& title, const Command& command)
{
    const ThemeColors& colors = printColors();
    pages.need(command.height());
    pages.heading(title);
    for (const QString& note : command.notes) {
        pages.y += 16.0;
        pages.text().text({0.0, pages.y - 4.0}, note, {12, colors.text, false, Anchor::Start});
    }
    if (command.lines.isEmpty())
        return;
    if (!command.notes.isEmpty())
        pages.y += 4.0;
    pages.text().rect({0.0, pages.y, width, command.box()}, colors.window, 4.0);
    pages.y += 4.0;
    for (const QString& line : command.lines) {
        pages.y += 14.0;
        pages.text().text({8.0, pages.y}, line, {10, colors.text, false, Anchor::Start, true});
    }
}

void addPredictions(Pages& pages, const Report& report)
{
    pages.need(38.0 + report.predictions.size().height());
    pages.heading(report.samplesTitle);
    pages.figure(report.predictions, 0.0);
    pages.y += report.predictions.size().height();
}

Pages pagesOf(const Report& report)
{
    Pages pages;
    addResult(pages, report);
    addFacts(pages, report);
    pages.need(report.loss.size().height());
    pages.figure(report.loss, 0.0);
    pages.figure(report.accuracyCurve, width - report.accuracyCurve.size().width());
    pages.y += report.loss.size().height();
    if (!report.history.empty())
        addHistory(pages, report);

    // What the second page has no room for goes where the first has some, or the matrix gives way a little.
    const Command command(report);
    const QStringList confused = wrapped(report.confused, pageLetters);
    const double matrix = report.confusion.size().height();
    const double withoutCommand = 36.0 + matrix + 16.0 * static_cast<double>(confused.size()) + 38.0 +
                                  report.predictions.size().height();
    double excess = withoutCommand + command.height() - height;
    const bool commandFirst = excess > 0.0 && pages.y + command.height() <= height;
    if (commandFirst) {
        addCommand(pages, report.repeatTitle, command);
        excess = withoutCommand - height;
    }
    const double wanted = excess > 0.0 ? 1.0 - (excess + 1.0) / matrix : 1.0;
    const double scale = wanted < smallestMatrix ? 1.0 : wanted;

    pages.newPage();
    pages.heading(ReportPdf::tr("Which classes are confused"));
    pages.figure(report.confusion, 0.0, scale);
    pages.y += scale * matrix + 18.0;
    for (const QString& line : confused) {
        pages.text().text({0.0, pages.y}, line, {12, printColors().quietText, false, Anchor::Start});
        pages.y += 16.0;
    }
    pages.y -= 8.0;
    addPredictions(pages, report);
    if (!commandFirst)
        addCommand(pages, report.repeatTitle, command);
    return pages;
}

void paint(QPainter& painter, const Page& page)
{
    page.text.paint(painter);
    for (const auto& [at, figure, scale] : page.figures) {
        painter.save();
        painter.translate(at);
        painter.scale(scale, scale);
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
        const Pages pages = pagesOf(report);
        for (std::size_t i = 0; i < pages.pages.size(); ++i) {
            if (i > 0)
                writer.newPage();
            paint(painter, pages.pages[i]);
        }
    }
    return buffer.data();
}

} // namespace chainrule
