// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/graphexport.h"

#include "app/base/files.h"
#include "app/export/figurefile.h"

#include "core/scalar/dot.h"

#include "widgets/graph/scene/graphview.h"
#include "widgets/graph/table/nodetablemodel.h"
#include "widgets/style/theme.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QImage>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgGenerator>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double margin = 16.0;
constexpr double screenDots = 96.0;                 // an inch
constexpr double pictureScale = 300.0 / screenDots; // as printers want it
constexpr double longestSide = 16'384.0;            // pixels; more than this few programs open
constexpr double pageWidth = 160.0;   // millimetres: a page's between its margins, as figures have
constexpr double longestPage = 247.0; // and its height
constexpr double millimetresPerInch = 25.4;
constexpr std::size_t mostCards = 6'000; // more would keep the window waiting

void paint(QPaintDevice& device, const GraphView& view, const QSizeF& size)
{
    QPainter painter(&device);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRectF({}, size), printColors().panel);
    const double edge = margin * size.width() / (view.drawingSize().width() + 2.0 * margin);
    view.paintTo(painter, QRectF({}, size).adjusted(edge, edge, -edge, -edge), printColors());
}

std::string bytesOf(const QByteArray& bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

std::string svgOf(const GraphView& view, const QSizeF& size, const QString& title)
{
    QBuffer buffer;
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setTitle(title);
    generator.setSize(size.toSize());
    generator.setViewBox(QRectF({}, size));
    paint(generator, view, size);
    return bytesOf(buffer.data());
}

std::string pdfOf(const GraphView& view, const QSizeF& size, const QString& title)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(title);
        writer.setCreator(QStringLiteral("Chainrule " CHAINRULE_VERSION));
        writer.setResolution(printDotsPerInch);
        // Never larger than on the screen: a graph of three cards would fill the page.
        const double fit = std::min(
            {millimetresPerInch / screenDots, pageWidth / size.width(), longestPage / size.height()});
        writer.setPageSize(QPageSize(size * fit, QPageSize::Millimeter, QString(), QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        paint(writer, view, QSizeF(writer.width(), writer.height()));
    }
    return bytesOf(buffer.data());
}

std::string pngOf(const GraphView& view, const QSizeF& size)
{
    const double scale = std::min(pictureScale, longestSide / std::max(size.width(), size.height()));
    QImage image((size * scale).toSize().expandedTo(QSize(1, 1)), QImage::Format_RGB32);
    if (image.isNull())
        return {};
    paint(image, view, QSizeF(image.size()));
    // Afterwards: letters would grow with the dots.
    image.setDotsPerMeterX(static_cast<int>(std::lround(scale * screenDots / 0.0254)));
    image.setDotsPerMeterY(image.dotsPerMeterX());
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    return image.save(&buffer, "PNG") ? bytesOf(buffer.data()) : std::string();
}

std::string csvOf(const GraphContent& content)
{
    NodeTableModel table;
    table.setContent(&content);
    return table.asCsv().toStdString();
}

std::string dotOf(const GraphContent& content)
{
    std::vector<scalar::GradientCheck> checks;
    for (const auto& check : content.checks) {
        if (!check)
            return scalar::toDot(content.named);
        checks.push_back(*check);
    }
    return scalar::toDot(content.named, checks);
}

} // namespace

QString graphFileFilter()
{
    return QCoreApplication::translate("GraphExport",
                                       "SVG picture (*.svg);;PNG picture (*.png);;PDF document (*.pdf);;"
                                       "Graphviz text (*.dot);;Table of nodes (*.csv)");
}

Result<void> saveGraph(const GraphView& view, const GraphContent& content, const QString& path,
                       const QString& title)
{
    if (const auto writable = checkWritable(path); !writable)
        return writable.error();
    const QString kind = QFileInfo(path).suffix().toLower();
    const bool picture =
        kind == QLatin1String("svg") || kind == QLatin1String("pdf") || kind == QLatin1String("png");
    if (const std::size_t cards = view.graphLayout().items.size(); picture && cards > mostCards)
        return Error{path.toStdString(),
                     "a picture of " + std::to_string(cards) + " cards is more than a page can show",
                     "Close some groups, or choose .dot for every node as text"};
    const QSizeF size = view.drawingSize() + QSizeF(2.0 * margin, 2.0 * margin);
    std::string bytes;
    if (kind == QLatin1String("svg"))
        bytes = svgOf(view, size, title);
    else if (kind == QLatin1String("pdf"))
        bytes = pdfOf(view, size, title);
    else if (kind == QLatin1String("png"))
        bytes = pngOf(view, size);
    else if (kind == QLatin1String("dot") || kind == QLatin1String("gv"))
        bytes = dotOf(content);
    else if (kind == QLatin1String("csv"))
        bytes = csvOf(content);
    else
        return Error{path.toStdString(), "its ending names no format that a graph can be written in",
                     "Use .svg, .png, .pdf, .dot or .csv"};
    if (bytes.empty())
        return Error{path.toStdString(), "there is not enough memory for the picture",
                     "Close some groups, or choose .svg"};
    return writeFile(path, bytes);
}

} // namespace chainrule
