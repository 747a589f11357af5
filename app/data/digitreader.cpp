// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/digitreader.h"

#include "core/base/text.h"
#include "core/data/ink/canvas.h"
#include "core/data/ink/drawings.h"
#include "core/data/photo/pictureink.h"
#include "core/data/readers/imagefile.h"

#include <QCoreApplication>
#include <QFile>
#include <QImageReader>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

namespace chainrule {

namespace {

constexpr auto mendImage = "Give a PNG, JPEG or BMP image, or strokes in a .jsonl file";

Error named(Error error, const std::string& name)
{
    error.what = name;
    return error;
}

DigitSource fromDrawing(const Result<StrokeSample>& drawing, const std::string& name)
{
    if (!drawing)
        return {name, drawing.error(), {}};
    auto ink = drawingInk(*drawing);
    if (!ink)
        return {name, named(ink.error(), name), drawing->label};
    return {name, std::move(ink), drawing->label};
}

} // namespace

Result<InkImage> inkOf(const QImage& image)
{
    const QImage bytes = image.convertToFormat(QImage::Format_RGBA8888);
    if (bytes.isNull())
        return Error{"the image", "it has no pixels, or there is not enough memory for it", mendImage};
    return findInk({bytes.width(), bytes.height(),
                    std::span(bytes.constBits(), static_cast<std::size_t>(bytes.sizeInBytes()))});
}

Result<QImage> readImage(const QString& path)
{
    const std::string name = path.toStdString();
    const char* const mend = "Check the name and the permissions";
    std::error_code failure;
    const auto status = std::filesystem::status(QFile::encodeName(path).toStdString(), failure);
    if (status.type() == std::filesystem::file_type::not_found)
        return Error{name, "there is no such file", "Check the name"};
    if (!std::filesystem::exists(status)) // a folder on its way may not be entered, for instance
        return Error{name, "it cannot be read: " + failure.message(), mend};
    if (std::filesystem::is_directory(status))
        return Error{name, "it is a folder", "Give the files in it, for instance " + name + "/*.png"};
    QFile bytes(path);
    if (!bytes.open(QIODevice::ReadOnly)) {
        return Error{name, "it cannot be read: " + bytes.errorString().toStdString(), mend};
    }
    if (!bytes.isSequential() && bytes.size() == 0)
        return Error{name, "it is empty", mendImage};
    // Before a library sees it that has its own words for that.
    if (const uchar* const mapped = bytes.map(0, bytes.size());
        mapped != nullptr && isDamagedImageFile({mapped, static_cast<std::size_t>(bytes.size())}))
        return Error{name, "the image is broken: the file is damaged or cut off", mendImage};
    QImageReader::setAllocationLimit(maximumImageMegabytes);
    QImageReader reader(path);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    // Asked after a failure, the reader would not know any more.
    const QSize size = reader.size();
    const double megabytes = 4.0 * size.width() * size.height() / (1024.0 * 1024.0);
    if (size.isValid() && megabytes > maximumImageMegabytes) {
        return Error{name,
                     "with " + std::to_string(size.width()) + " by " + std::to_string(size.height()) +
                         " pixels it needs more than " + std::to_string(maximumImageMegabytes) + " MB",
                     "Make it smaller"};
    }
    QImage image;
    if (reader.read(&image) && !image.isNull())
        return image;
    if (reader.error() == QImageReader::DeviceError || reader.error() == QImageReader::FileNotFoundError)
        return Error{name, "it cannot be read: " + reader.errorString().toStdString(),
                     "Check the name and the permissions"};
    if (reader.error() == QImageReader::UnsupportedFormatError)
        return Error{name, "it is not an image of a known kind", mendImage};
    return Error{name, "the image is broken: " + reader.errorString().toStdString(), mendImage};
}

bool isStrokeFile(const QString& path)
{
    return path.endsWith(QLatin1String(".jsonl"), Qt::CaseInsensitive);
}

void readDigits(const QString& path, const std::function<void(DigitSource)>& take)
{
    if (isStrokeFile(path)) {
        bool any = false;
        const auto read = readDrawingLines(path.toStdString(),
                                           [&](const Result<StrokeSample>& drawing, const std::string& name) {
                                               any = true;
                                               take(fromDrawing(drawing, name));
                                           });
        if (!read)
            take({path.toStdString(), read.error(), {}});
        else if (!any)
            take({path.toStdString(),
                  Error{path.toStdString(), "it has no drawings", "Write a line for each, or leave it out"},
                  {}});
        return;
    }
    const std::string name = path.toStdString();
    const auto image = readImage(path);
    if (!image) {
        take({name, image.error(), {}});
        return;
    }
    auto ink = inkOf(*image);
    if (!ink)
        take({name, named(ink.error(), name), {}});
    else
        take({name, std::move(ink), {}});
}

} // namespace chainrule
