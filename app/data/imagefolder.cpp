// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/imagefolder.h"

#include "app/data/digitreader.h"

#include "core/base/naturalorder.h"
#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/data/readers/idx.h"
#include "core/data/readers/imagefile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QImageReader>
#include <QLoggingCategory>
#include <QPainter>

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace chainrule {

namespace {

const char* const mendFolder = "Give each class a folder of its own with its images in it";

struct ClassFolder {
    QString name;
    QStringList files; ///< their whole paths
};

struct Skipped {
    std::size_t count = 0;
    QString first;

    void add(const QString& file)
    {
        if (count++ == 0)
            first = file;
    }
};

Error stopped(const std::string& folder)
{
    return {folder, "its reading was stopped", "Load it again"};
}

void sortNaturally(QStringList& names)
{
    std::stable_sort(names.begin(), names.end(), [](const QString& a, const QString& b) {
        return naturalLess(a.toStdString(), b.toStdString());
    });
}

std::string countOf(qsizetype count, const std::string& one, const std::string& many)
{
    return withSeparators(count) + " " + (count == 1 ? one : many);
}

/// Why a folder without folders is no set: says what there is in it. Images are told by their names alone, as
/// there may be very many.
Error noClasses(const std::string& folder, const QDir& dir)
{
    const QStringList files = dir.entryList(QDir::Files);
    const QList<QByteArray> formats = QImageReader::supportedImageFormats();
    const auto images = std::count_if(files.begin(), files.end(), [&](const QString& name) {
        return formats.contains(QFileInfo(name).suffix().toLower().toLatin1());
    });
    std::string why = "it is empty";
    if (images > 0)
        why = countOf(images, "image lies", "images lie") +
              " loose in it, and nothing says which class each belongs to";
    else if (!files.isEmpty())
        why = "there " + std::string(files.size() == 1 ? "is " : "are ") +
              countOf(files.size(), "file", "files") + " in it, but no folders of images and no IDX files";
    return {folder, why,
            "Make a folder in it for each class, with the images of that class, or choose a folder of IDX "
            "files or a table (a .csv file)"};
}

/// The system's reason why what is in a folder cannot be read; 0 where it can. QDir shows such a folder as an
/// empty one.
int whyClosed(const QString& folder)
{
    const QByteArray path = QFile::encodeName(folder);
    DIR* const listed = ::opendir(path.constData());
    if (listed == nullptr)
        return errno;
    ::closedir(listed);
    // One that can be listed need not let anybody in.
    struct stat itself {};
    return ::stat((path + "/.").constData(), &itself) == 0 ? 0 : errno;
}

Error closedFolder(const std::string& folder, int number, const std::string& otherwise)
{
    const bool forbidden = number == EACCES || number == EPERM;
    return {folder,
            forbidden ? "it may not be read"
                      : "it cannot be read: " + std::generic_category().message(number),
            (forbidden ? "Check the folder's permissions" : "Try again") + otherwise};
}

Result<std::vector<ClassFolder>> classFolders(const std::string& folder)
{
    const QDir dir(QString::fromStdString(folder));
    if (const int number = whyClosed(dir.path()); number == ENOENT || number == ENOTDIR)
        return Error{folder, "there is no such folder", "Check the path"};
    else if (number != 0)
        return closedFolder(folder, number, {});
    QStringList names = dir.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    sortNaturally(names);
    if (names.isEmpty())
        return noClasses(folder, dir);
    if (names.size() < 2)
        return Error{folder, "there is only one folder in it, " + inQuotes(names.first().toStdString()),
                     std::string(mendFolder) + ", or name a folder with IDX files"};
    std::vector<ClassFolder> classes;
    for (const QString& name : names) {
        const QDir inner(dir.filePath(name));
        if (const int number = whyClosed(inner.path()); number != 0)
            return closedFolder(inner.path().toStdString(), number,
                                ", or move it out of " + inQuotes(folder));
        QStringList files = inner.entryList(QDir::Files);
        sortNaturally(files);
        for (QString& file : files)
            file = inner.filePath(file);
        if (!files.isEmpty())
            classes.push_back({name, files});
    }
    return classes;
}

/// What an image will have once it is read, without decoding it; nothing where it is none.
std::optional<QSize> sizeOf(const QString& path)
{
    QFile bytes(path);
    if (!bytes.open(QIODevice::ReadOnly) || bytes.size() == 0)
        return std::nullopt;
    // Before a library sees it that has its own words for that.
    if (const uchar* const mapped = bytes.map(0, bytes.size());
        mapped != nullptr && isDamagedImageFile({mapped, static_cast<std::size_t>(bytes.size())}))
        return std::nullopt;
    QImageReader reader(path);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    if (!reader.canRead())
        return std::nullopt;
    QSize size = reader.size();
    if (size.isValid())
        return (reader.transformation() & QImageIOHandler::TransformationRotate90) != 0 ? size.transposed()
                                                                                        : size;
    const QImage image = reader.read(); // a format that does not tell before
    return image.isNull() ? std::nullopt : std::optional(image.size());
}

/// Passes over everything once: leaves out what is no image, and tells the one size of all, or an empty one
/// where they differ.
Result<QSize> commonSize(std::vector<ClassFolder>& classes, const std::string& folder, Skipped& skipped,
                         const std::stop_token& stop)
{
    std::optional<QSize> common;
    for (ClassFolder& each : classes) {
        QStringList images;
        for (const QString& path : std::as_const(each.files)) {
            if (stop.stop_requested())
                return stopped(folder);
            const auto size = sizeOf(path);
            if (!size || size->isEmpty()) {
                skipped.add(path);
                continue;
            }
            images << path;
            if (!common)
                common = size;
            else if (*common != *size)
                common = QSize();
        }
        each.files = images;
    }
    return common.value_or(QSize());
}

QSize readSize(const QSize& common)
{
    if (common.isEmpty())
        return {mixedImageSide, mixedImageSide};
    if (qint64{common.width()} * common.height() <= mostImagePixels)
        return common;
    return common.scaled(largeImageSide, largeImageSide, Qt::KeepAspectRatio).expandedTo(QSize(1, 1));
}

// The grey that lies in the middle of those along the edge.
uchar borderGrey(const QImage& grey)
{
    std::vector<uchar> border;
    for (int y = 0; y < grey.height(); ++y) {
        const uchar* const row = grey.constScanLine(y);
        if (y == 0 || y == grey.height() - 1) {
            border.insert(border.end(), row, row + grey.width());
        } else {
            border.push_back(row[0]);
            border.push_back(row[grey.width() - 1]);
        }
    }
    const auto middle = border.begin() + static_cast<std::ptrdiff_t>(border.size() / 2);
    std::nth_element(border.begin(), middle, border.end());
    return *middle;
}

QImage greyOf(const QImage& image)
{
    if (!image.hasAlphaChannel())
        return image.convertToFormat(QImage::Format_Grayscale8);
    QImage paper(image.size(), QImage::Format_RGB32);
    paper.fill(Qt::white);
    QPainter painter(&paper);
    painter.drawImage(0, 0, image);
    painter.end();
    return paper.convertToFormat(QImage::Format_Grayscale8);
}

/// An image at the size that all get; null where there was not enough memory.
QImage fitted(const QImage& image, const QSize& size)
{
    const QImage grey = greyOf(image);
    if (grey.isNull() || grey.size() == size)
        return grey;
    const QSize inner = grey.size().scaled(size, Qt::KeepAspectRatio).expandedTo(QSize(1, 1));
    const QImage scaled = grey.scaled(inner, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                              .convertToFormat(QImage::Format_Grayscale8);
    QImage padded(size, QImage::Format_Grayscale8);
    if (scaled.isNull() || padded.isNull())
        return {};
    padded.fill(borderGrey(grey));
    const int left = (size.width() - scaled.width()) / 2;
    const int top = (size.height() - scaled.height()) / 2;
    for (int y = 0; y < scaled.height(); ++y)
        std::memcpy(padded.scanLine(top + y) + left, scaled.constScanLine(y),
                    static_cast<std::size_t>(scaled.width()));
    return padded;
}

std::string noteOn(const Skipped& skipped, std::size_t files, const QSize& common, const QSize& size,
                   const QDir& dir)
{
    std::string note;
    const std::string sides = std::to_string(size.width()) + " x " + std::to_string(size.height());
    if (common.isEmpty())
        note = "Its images have different sizes and were scaled to " + sides;
    else if (common != size)
        note = "Its images of " + std::to_string(common.width()) + " x " + std::to_string(common.height()) +
               " were shrunk to " + sides;
    if (skipped.count > 0)
        note +=
            (note.empty() ? "" : "; ") + withSeparators(static_cast<std::int64_t>(skipped.count)) + " of " +
            withSeparators(static_cast<std::int64_t>(files)) +
            (skipped.count == 1 ? " files is no image that can be read and was left out: "
                                : " files are no images that can be read and were left out, for instance ") +
            dir.relativeFilePath(skipped.first).toStdString();
    return note;
}

// What image libraries say of a broken file would stand beside our own words.
void hushImageLibraries()
{
    static std::once_flag once;
    std::call_once(once, [] { QLoggingCategory::setFilterRules(QStringLiteral("qt.gui.imageio*=false")); });
}

Result<Dataset> load(const std::string& folder, const std::stop_token& stop, std::uint64_t available)
{
    hushImageLibraries();
    auto found = classFolders(folder);
    if (!found)
        return found.error();
    std::vector<ClassFolder>& classes = *found;
    std::size_t files = 0;
    for (const ClassFolder& each : classes)
        files += static_cast<std::size_t>(each.files.size());
    Skipped skipped;
    const auto common = commonSize(classes, folder, skipped, stop);
    if (!common)
        return common.error();
    std::erase_if(classes, [](const ClassFolder& each) { return each.files.isEmpty(); });
    if (classes.size() < 2)
        return Error{folder,
                     classes.empty() ? "none of the folders in it has an image that can be read"
                                     : "only one of the folders in it has images that can be read, " +
                                           inQuotes(classes.front().name.toStdString()),
                     mendFolder};
    if (classes.size() > static_cast<std::size_t>(maximumClasses))
        return Error{folder,
                     "there are images in " + std::to_string(classes.size()) + " folders in it; " +
                         std::to_string(maximumClasses) + " classes are possible at the most",
                     "Take fewer"};

    const QSize size = readSize(*common);
    const std::size_t count = files - skipped.count;
    const auto area = static_cast<std::size_t>(size.width()) * static_cast<std::size_t>(size.height());
    if (const auto room = checkMemory(folder,
                                      imagesText(count, static_cast<std::uint64_t>(size.height()),
                                                 static_cast<std::uint64_t>(size.width())),
                                      count * (area + 1), available);
        !room)
        return room.error();

    Dataset data;
    data.name = QDir(QString::fromStdString(folder)).dirName().toStdString();
    data.source = folder;
    data.width = size.width();
    data.height = size.height();
    data.classes = static_cast<int>(classes.size());
    for (const ClassFolder& each : classes)
        data.classNames.push_back(cleanName(each.name.toStdString()));
    data.pixels.reserve(count * area);
    data.labels.reserve(count);
    std::vector<std::size_t> perClass(classes.size());
    for (qsizetype turn = 0, left = 1; left > 0; ++turn) {
        left = 0;
        for (std::size_t label = 0; label < classes.size(); ++label) {
            if (turn >= classes[label].files.size())
                continue;
            ++left;
            if (stop.stop_requested())
                return stopped(folder);
            const QString& path = classes[label].files[turn];
            const auto image = readImage(path);
            const auto pixels =
                image ? preparedImage(*image, size.width(), size.height()) : std::vector<std::uint8_t>();
            if (pixels.empty()) {
                skipped.add(path);
                continue;
            }
            data.pixels.insert(data.pixels.end(), pixels.begin(), pixels.end());
            data.labels.push_back(static_cast<std::uint8_t>(label));
            ++perClass[label];
        }
    }
    const auto seen = std::count_if(perClass.begin(), perClass.end(), [](std::size_t n) { return n > 0; });
    if (seen < 2)
        return Error{folder, "fewer than two of the folders in it have images that can be read", mendFolder};
    data.official.training = data.labels.size();
    data.note = noteOn(skipped, files, *common, size, QDir(QString::fromStdString(folder)));
    return data;
}

} // namespace

bool looksLikeImageFolder(const std::string& folder)
{
    const QDir dir(QString::fromStdString(folder));
    return dir.exists() && !hasIdxFiles(folder);
}

Result<QSize> imageFolderSize(const std::string& folder, const std::stop_token& stop)
{
    hushImageLibraries();
    auto classes = classFolders(folder);
    if (!classes)
        return classes.error();
    Skipped skipped;
    const auto common = commonSize(*classes, folder, skipped, stop);
    if (!common)
        return common.error();
    if (std::all_of(classes->begin(), classes->end(), [](const auto& each) { return each.files.isEmpty(); }))
        return Error{folder, "none of the folders in it has an image that can be read", mendFolder};
    return readSize(*common);
}

std::vector<std::uint8_t> preparedImage(const QImage& image, int width, int height)
{
    std::vector<std::uint8_t> bytes;
    const QImage pixels = image.isNull() ? QImage() : fitted(image, QSize(width, height));
    if (pixels.isNull() || pixels.size() != QSize(width, height))
        return bytes;
    bytes.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y)
        bytes.insert(bytes.end(), pixels.constScanLine(y), pixels.constScanLine(y) + width);
    return bytes;
}

Result<Dataset> loadImageFolder(const std::string& folder, const std::stop_token& stop,
                                std::uint64_t available)
try {
    return load(folder, stop, available);
} catch (const std::bad_alloc&) {
    return Error{folder, "there is not enough memory for its images",
                 "Close other programs or use fewer images"};
}

} // namespace chainrule
