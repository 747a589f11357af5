// SPDX-License-Identifier: GPL-3.0-or-later
// What a window's network has to do with files: the model's own, and the session that is kept for a crash.
#include "app/workbench.h"

#include "app/files.h"
#include "app/initialfile.h"

#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"

#include <QFileInfo>
#include <QScopedValueRollback>

#include <algorithm>

#include <utility>

namespace chainrule {

namespace {

// What is set for the next run, as the file is to tell it: nothing where it is what the weights were trained
// with, or differs only by what could not be had here or by the layers, which are the weights'.
std::string nextSettings(const ModelToSave& model)
{
    TrainingSettings own = model.settings;
    if (own.data.empty())
        own.data = model.edited.data;
    if (model.edited.drawings.empty() && !QFileInfo::exists(QString::fromStdString(own.drawings)))
        own.drawings.clear();
    TrainingSettings next = model.edited;
    next.layers = own.layers;
    return next == own ? std::string() : settingsToJson(next);
}

} // namespace

Result<void> Workbench::openModel(const QString& path, const std::string& data)
{
    const QString stamp = stampOf(path); // first: what changes it from now on is another program's
    auto model = loadModel(path.toStdString());
    if (!model)
        return model.error();
    TrainingSettings settings = m_document.settings();
    std::optional<TrainingSettings> trained;
    History history;
    if (!model->settings.empty()) {
        auto saved = settingsFromJson(model->settings);
        if (!saved)
            return saved.error();
        if (model->recorded)
            trained = *saved;
        if (!model->next.empty()) {
            saved = settingsFromJson(model->next);
            if (!saved)
                return saved.error();
        }
        if (saved->data.empty())
            saved->data = settings.data;
        settings = *saved;
    } else {
        settings.precision = model->network.precision;
    }
    if (!model->history.empty()) {
        auto saved = historyFromJson(model->history);
        if (!saved)
            return saved.error();
        history = std::move(*saved);
    }
    settings.layers = model->network.stack.layers;
    if (!data.empty())
        settings.data = data;
    if (!QFileInfo::exists(QString::fromStdString(settings.drawings)))
        settings.drawings.clear(); // of another person, or gone
    if (trained) {
        trained->layers = settings.layers;
        trained->precision = model->network.precision;
    }
    for (const TrainingSettings& each : {settings, trained.value_or(settings)}) {
        if (const auto valid = validate(each); !valid)
            return Error{path.toStdString(), "its settings cannot be used: " + valid.error().message(),
                         "Save the model again, or use another"};
    }
    stopOpening();
    leaveUnfinished();
    forgetShown();
    const Precision precision = model->network.precision;
    std::vector<std::string> classNames = model->network.outputNames;
    std::vector<InputScale> scale = model->network.scale;
    InitialModel opened{std::move(model->network), history,           path,
                        std::move(classNames),     std::move(scale),  initialFileOf(path).sha256,
                        std::move(model->initial), std::move(trained)};
    opened.precision = precision;
    const auto initial = std::make_shared<const InitialModel>(std::move(opened));
    m_saved.push_back({weightsOf(initial), QFileInfo(path).absoluteFilePath()});
    listOpened(m_document.initial());
    const QScopedValueRollback opens(m_opens, true);
    m_document.openFile({QFileInfo(path).absoluteFilePath(), settings, weightsOf(initial), stamp}, settings,
                        initial, tr("Open model"));
    showInitial();
    return {};
}

ModelToSave Workbench::modelToSave() const
{
    TrainedNetwork network = shownNetwork();
    ModelToSave model{network.parameters,
                      network.settings,
                      std::move(network.history),
                      m_document.settings(),
                      std::move(network.classNames),
                      std::move(network.scale),
                      std::move(network.initial),
                      network.recorded};
    if (m_run.latest.parameters)
        model.run = m_run.setup;
    else
        model.precision = m_document.initial()->precision;
    model.document = m_document.fileRecord();
    return model;
}

Result<void> Workbench::writeModel(const ModelToSave& model, const QString& path)
{
    Network network = withNames(*model.parameters, model.classNames, model.scale);
    network.precision = model.precision.value_or(model.settings.precision);
    return writeFile(
        path, encodeModel({std::move(network), settingsToJson(model.settings), historyToJson(model.history),
                           model.initial, model.recorded, nextSettings(model)}));
}

void Workbench::setSaved(const ModelToSave& model, const QString& path)
{
    const QString place = QFileInfo(path).absoluteFilePath();
    std::erase_if(m_saved, [&place](const SavedWeights& each) {
        return each.weights.expired() || each.path == place; // which has these from now on
    });
    m_saved.push_back({model.parameters, place});
    const auto& opened = m_document.initial();
    if (opened && weightsOf(opened) == model.parameters)
        m_saved.push_back({opened->listed, place});
    if (model.parameters == awayWeights()) // it was put away while it was being written
        emit awayGone();
    TrainingSettings settings = model.edited;
    settings.layers = model.parameters->stack.layers; // whatever they are to be next
    m_document.setSaved(model.document,
                        {place, settings, model.parameters, stampOf(path), nullptr, model.run});
    emit updated();
}

Result<void> Workbench::saveModel(const QString& path)
{
    const ModelToSave model = modelToSave();
    if (const auto written = writeModel(model, path); !written)
        return written;
    setSaved(model, path);
    return {};
}

bool Workbench::isModified() const
{
    const DocumentFile& file = m_document.file();
    const bool stepped = m_run.latest.parameters && m_run.latest.epoch > 0.0;
    if (stepped && m_run.latest.parameters != file.weights &&
        (!file.path.isEmpty() || !m_run.history.epochs.empty()))
        return true;
    // What has learned for less than an epoch is no loss; what it began from may be one. The seed's weights
    // are none.
    const auto& opened = m_document.initial();
    if ((!stepped || m_run.history.epochs.empty()) && (isInNoFile(opened) || isInNoFile(m_run.left)))
        return true;
    if (!stepped && opened && !file.path.isEmpty() && weightsOf(opened) != file.weights)
        return true;
    return !file.path.isEmpty() && m_document.settings() != file.settings;
}

bool Workbench::isInNoFile(const std::shared_ptr<const InitialModel>& model) const
{
    return model && !placeOf(weightsOf(model));
}

// Null: no file has them.
const Workbench::SavedWeights* Workbench::placeOf(const std::shared_ptr<const Network>& weights) const
{
    const auto found = std::ranges::find_if(
        m_saved, [&weights](const SavedWeights& each) { return each.weights.lock() == weights; });
    return weights && found != m_saved.end() ? &*found : nullptr;
}

void Workbench::showUnsaved()
{
    if ((!m_run.setup && !m_training.isActive()) || !m_run.history.epochs.empty())
        return;
    const auto unsaved = isInNoFile(m_run.left) ? m_run.left : m_document.initial();
    if (!isInNoFile(unsaved))
        return;
    putShownAway();
    showModel(unsaved);
}

bool Workbench::isOfFile(const std::shared_ptr<const Network>& weights) const
{
    const DocumentFile& file = m_document.file();
    if (!weights)
        return false;
    const auto isSame = [&weights](const std::shared_ptr<const Network>& own) {
        return own &&
               (own == weights || (own->stack == weights->stack && own->parameters == weights->parameters));
    };
    return isSame(file.weights) || isSame(file.heir);
}

bool Workbench::replacesAnother() const
{
    const auto present = m_run.latest.parameters ? m_run.latest.parameters : initialParameters();
    if (m_document.file().path.isEmpty() || !present || isOfFile(present))
        return false;
    if (!m_run.latest.parameters)
        return true;
    return m_document.file().run.lock() != m_run.setup && !isOfFile(m_run.from);
}

bool Workbench::losesAway() const
{
    return m_away && !placeOf(awayWeights()) && (m_away->model || !m_away->run.history.epochs.empty());
}

QString Workbench::initialModel() const
{
    const auto& model = m_document.initial();
    if (!model)
        return {};
    const DocumentFile& file = m_document.file();
    const bool isFile = file.weights.get() == &model->parameters;
    if (model->path.isEmpty())
        return isFile ? file.path : QString(); // saved since
    const bool replaced = !isFile && QFileInfo(model->path).absoluteFilePath() == file.path;
    return replaced ? QString() : model->path; // by what was trained since
}

// What a new run would begin from, for its model to tell; nothing where the seed draws its weights.
std::optional<InitialFile> Workbench::fileToBeginFrom() const
{
    const auto& model = m_document.initial();
    if (!model)
        return std::nullopt;
    const QString path = initialModel();
    if (path.isEmpty())
        return InitialFile{};
    return InitialFile{QFileInfo(path).absoluteFilePath().toStdString(), model->sha256};
}

bool Workbench::startsFromUnsaved() const
{
    return m_document.initial() && initialModel().isEmpty() && !continuesRun();
}

// ---- the session --------------------------------------------------------------------------------------

void Workbench::putInto(Session& session) const
{
    session.file = m_document.file().path.toStdString();
    session.fileStamp = m_document.file().stamp.toStdString();
    session.modified = isModified();
    session.settings = m_document.settings();
    if (!hasWeights())
        return;
    ModelToSave model = modelToSave();
    session.parameters = std::move(model.parameters);
    session.trained = std::move(model.settings);
    session.trained.precision = model.precision.value_or(session.trained.precision);
    session.history = std::move(model.history);
    session.classNames = std::move(model.classNames);
    session.scale = std::move(model.scale);
    session.initial = std::move(model.initial);
    session.recorded = model.recorded;
    if (m_run.latest.parameters) {
        session.unfinished = m_training.isActive();
        const Snapshot& kept = session.unfinished ? m_run.measured : m_run.latest;
        session.parameters = kept.parameters;
        session.history = m_run.history; // whatever step is looked at
        session.epoch = kept.epoch;
        session.startValidation = m_run.curve.startValidation;
        session.points = m_run.curve.points;
        std::erase_if(session.points, [&kept](const CurvePoint& point) { return point.epoch > kept.epoch; });
    } else if (const auto& half = m_document.initial()->halfDone) {
        session.epoch = half->epoch;
        session.unfinished = true;
        session.trained = half->settings;
    }
    if (!m_run.latest.parameters) {
        session.startValidation = m_document.initial()->curve.startValidation;
        session.points = m_document.initial()->curve.points;
    }
    session.fileHolds = session.parameters == m_document.file().weights ? FileHolds::These
                        : replacesAnother()                             ? FileHolds::Others
                                                                        : FileHolds::Ancestors;
}

Result<void> Workbench::restore(const Session& session)
{
    TrainingSettings settings = session.settings;
    TrainingSettings trained = session.trained;
    if (session.parameters)
        trained.layers = session.parameters->stack.layers;
    for (const TrainingSettings* each : {&settings, session.parameters ? &trained : &settings}) {
        if (const auto valid = validate(*each); !valid)
            return Error{"the session", "its settings cannot be used: " + valid.error().message(), ""};
    }
    stopOpening();
    leaveUnfinished();
    forgetShown();
    const QString path = QString::fromStdString(session.file);
    // What has changed since the crash, or is gone, does not hold the network any more.
    const bool isInFile = !path.isEmpty() && (!session.modified || session.fileHolds == FileHolds::These) &&
                          stampOf(path) == QString::fromStdString(session.fileStamp);
    DocumentFile file{path, {}, nullptr, QString::fromStdString(session.fileStamp)};
    std::shared_ptr<const InitialModel> initial;
    if (session.parameters) {
        InitialModel model{*session.parameters,
                           session.history,
                           isInFile ? path : QString(),
                           session.classNames,
                           session.scale,
                           {},
                           session.initial,
                           session.recorded ? std::optional(trained) : std::nullopt,
                           ModelOrigin::Session,
                           {},
                           trained.precision};
        model.curve.startValidation = session.startValidation;
        model.curve.points = session.points;
        if (session.unfinished && session.epoch > 0.0)
            model.halfDone = HalfDone{trained, session.epoch};
        initial = std::make_shared<const InitialModel>(std::move(model));
        const std::shared_ptr<const Network> weights = weightsOf(initial);
        if (isInFile || (!session.modified && path.isEmpty())) {
            file.weights = weights;
            m_saved.push_back({weights, path}); // or so little was learned that nobody would miss it
        } else if (!session.modified || session.fileHolds != FileHolds::Others)
            file.heir = weights;
    }
    if (!session.modified)
        file.settings = settings;
    // The layers that were edited for the next run leave the network no place but beside them.
    const bool sameLayers = !initial || trained.layers == settings.layers;
    listOpened(m_document.initial());
    const QScopedValueRollback opens(m_opens, true);
    m_document.openFile(file, sameLayers ? settings : trained, initial, tr("Restore session"));
    showInitial();
    if (sameLayers)
        return {};
    m_opens = false;
    m_document.edit(settings, tr("Settings of the session"));
    return {};
}

} // namespace chainrule
