// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/data/imageinput.h"

#include "app/data/datasource.h"
#include "app/data/imagefolder.h"

#include "core/base/text.h"
#include "core/data/classnames.h"
#include "core/data/readers/catalog.h"
#include "core/data/readers/sources.h"
#include "core/formats/settingsjson.h"
#include "core/training/history.h"

#include <QFileInfo>
#include <QSize>
#include <QString>

namespace chainrule {

namespace {

constexpr int digitSide = 28;

std::string sidesOf(const ImageInput& input)
{
    return std::to_string(input.width) + " x " + std::to_string(input.height);
}

Error readsNoImages(const std::string& name)
{
    return {name, "its network reads the numbers of a table, not images",
            "Measure it on such a table with chainrule evaluate"};
}

bool couldReadDigits(const ModelFile& model)
{
    return model.network.stack.input.size() == digitSide * digitSide &&
           areIndices(model.network.outputNames) && outputCount(model.network.stack) == 10;
}

bool hasDigits(const CatalogSet& set)
{
    return areIndices({set.classes.begin(), set.classes.end()});
}

/// Of a source that is there. A table's rows may be images too, which only reading it tells.
Result<ImageInput> inputOfSource(const ModelFile& model, const std::string& name, const std::string& source)
{
    ImageInput input{false, 0, 0};
    if (looksLikeImageFolder(source)) {
        const auto size = imageFolderSize(source);
        if (!size)
            return size.error();
        input.width = size->width();
        input.height = size->height();
    } else {
        const auto data = loadSource(source);
        if (!data)
            return data.error();
        if (!isImageSet(*data))
            return readsNoImages(name);
        input.width = data->width;
        input.height = data->height;
        input.isDigit = couldReadDigits(model) && areIndices(data->classNames) && input.width == digitSide &&
                        input.height == digitSide;
    }
    if (input.width * input.height != model.network.stack.input.size()) {
        return Error{name,
                     "its network has " + std::to_string(model.network.stack.input.size()) +
                         " inputs, but the images of " + source + " are " + sidesOf(input),
                     "Give the images that it was trained on with --data"};
    }
    return input;
}

} // namespace

Result<ImageInput> imageInputOf(const ModelFile& model, const std::string& name, const std::string& data)
{
    if (!model.network.scale.empty())
        return readsNoImages(name);
    std::string source = data;
    if (source.empty() && !model.settings.empty()) {
        const auto settings = settingsFromJson(model.settings);
        if (!settings)
            return settings.error();
        source = settings->data;
    }
    const int inputs = model.network.stack.input.size();
    const CatalogSet* const set = catalogSet(source);
    if (source.empty() || source == "digits" || set) {
        const bool isDigit =
            areIndices(model.network.outputNames) && (!set || hasDigits(*set)); // else garments, say
        if (inputs == digitSide * digitSide)
            return ImageInput{isDigit, digitSide, digitSide};
        return Error{name,
                     "its network has " + std::to_string(inputs) +
                         " inputs, but an image of a digit has 28 x 28 = 784, and " +
                         (source.empty() ? std::string("nothing tells which images it was trained on")
                                         : "so have those of " + inQuotes(source)),
                     "Give the images that it was trained on with --data"};
    }
    const QFileInfo path(QString::fromStdString(source));
    if (isSourceName(source)) // a toy set
        return readsNoImages(name);
    if (path.exists() || findIdxFolder(source))
        return inputOfSource(model, name, source);
    if (couldReadDigits(model) && data.empty())
        return ImageInput{};
    const bool perhapsTable = path.suffix().compare(QLatin1String("csv"), Qt::CaseInsensitive) == 0;
    return Error{name,
                 "what it was trained on, which tells the width and height of its images, is not at " +
                     source + (data.empty() ? " any more" : ""),
                 std::string("Give it with --data") +
                     (perhapsTable ? "; a model of a table is measured with chainrule evaluate" : "")};
}

} // namespace chainrule
