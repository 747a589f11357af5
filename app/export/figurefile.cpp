// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/figurefile.h"

#include "app/base/files.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QPainter>
#include <QPdfWriter>

#include <cmath>

namespace chainrule {

namespace {

constexpr double millimetresPerInch = 25.4;
constexpr double pxPerInch = 96.0;

std::string pdfOf(const Figure& figure)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(figure.title());
        writer.setCreator(QStringLiteral("Chainrule " CHAINRULE_VERSION));
        writer.setResolution(printDotsPerInch);
        writer.setPageSize(
            QPageSize(figure.size() / pxPerInch, QPageSize::Inch, QString(), QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        QPainter painter(&writer);
        painter.scale(printDotsPerInch / pxPerInch, printDotsPerInch / pxPerInch);
        figure.paint(painter);
    }
    return buffer.data().toStdString();
}

std::string pngOf(const Figure& figure)
{
    const QImage image = imageOf(figure);
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    return !image.isNull() && image.save(&buffer, "PNG") ? buffer.data().toStdString() : std::string();
}

} // namespace

QString figureFileFilter()
{
    return QCoreApplication::translate("FigureFile",
                                       "SVG picture (*.svg);;PDF document (*.pdf);;PNG picture (*.png)");
}

QImage imageOf(const Figure& figure, int dotsPerInch)
{
    const double scale = dotsPerInch / pxPerInch;
    const QSizeF size = figure.size() * scale;
    QImage image(static_cast<int>(std::lround(size.width())), static_cast<int>(std::lround(size.height())),
                 QImage::Format_RGB32);
    if (image.isNull())
        return image;
    image.setDotsPerMeterX(static_cast<int>(std::lround(dotsPerInch * 1000.0 / millimetresPerInch)));
    image.setDotsPerMeterY(image.dotsPerMeterX());
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.scale(scale, scale);
    figure.paint(painter);
    return image;
}

Result<void> saveFigure(const Figure& figure, const QString& path)
{
    if (const auto writable = checkWritable(path); !writable)
        return writable.error();
    const QString kind = QFileInfo(path).suffix().toLower();
    std::string bytes;
    if (kind == QLatin1String("svg"))
        bytes = figure.svg().toStdString();
    else if (kind == QLatin1String("pdf"))
        bytes = pdfOf(figure);
    else if (kind == QLatin1String("png"))
        bytes = pngOf(figure);
    else
        return Error{path.toStdString(), "its ending names no format that a figure can be written in",
                     "Use .svg, .pdf or .png"};
    if (bytes.empty())
        return Error{path.toStdString(), "there is not enough memory for the picture", "Choose .svg"};
    return writeFile(path, bytes);
}

} // namespace chainrule
