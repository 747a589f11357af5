// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/draw/drawpage.h"

#include "app/base/errortext.h"
#include "app/base/savedialog.h"
#include "app/data/digitreader.h"
#include "app/data/sampleimage.h"

#include "core/data/ink/drawings.h"
#include "core/data/readers/drawingfiles.h"
#include "widgets/fields/labelbuttons.h"
#include "widgets/fields/messagebar.h"
#include "widgets/fields/numbertext.h"
#include "widgets/images/drawingcanvas.h"
#include "widgets/images/imagestrip.h"
#include "widgets/images/seentile.h"
#include "widgets/layers/layerstackmodel.h"
#include "widgets/network/activationstrips.h"
#include "widgets/style/signmap.h"
#include "widgets/tables/probabilitytable.h"

#include <QAction>
#include <QApplication>
#include <QButtonGroup>
#include <QCheckBox>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QTimer>
#include <QUrl>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace chainrule {

namespace {

constexpr int nearestDelay = 120;    // milliseconds of rest before all training images are looked through
constexpr double quickReading = 3.0; // milliseconds
constexpr int imageSide = 28;
constexpr int wordsGap = 12; // beside the prediction

QImage imageOf(const DigitImage& digit)
{
    const QImage view(digit.data(), imageSide, imageSide, imageSide, QImage::Format_Grayscale8);
    return view.copy();
}

} // namespace

DrawPage::DrawPage(QWidget* parent)
    : QWidget(parent)
    , m_readTimer(new QTimer(this))
    , m_nearTimer(new QTimer(this))
{
    m_readTimer->setSingleShot(true);
    m_readTimer->setInterval(0);
    connect(m_readTimer, &QTimer::timeout, this, &DrawPage::read);
    m_nearTimer->setSingleShot(true);
    m_nearTimer->setInterval(nearestDelay);
    connect(m_nearTimer, &QTimer::timeout, this, [this] {
        if (view().digit)
            m_session.findNearest(view().digit->image);
    });
    build();
    connectSession();
    showNetworkState();
    showKept();
    read();
}

void DrawPage::connectSession()
{
    connect(m_canvas, &DrawingCanvas::strokeDrawn, &m_session, &DrawSession::addStroke);
    connect(m_canvas, &DrawingCanvas::inkChanged, this, &DrawPage::scheduleReading);
    connect(m_canvas, &DrawingCanvas::dropped, this, &DrawPage::takeMime);
    connect(m_canvas, &DrawingCanvas::full, this, [this] {
        emit problem({"the drawing", "it has as many points as a drawing can have",
                      "Clear the canvas, or take some strokes back"});
    });
    connect(&m_session, &DrawSession::drawingChanged, this, [this] {
        m_canvas->setDrawing(m_session.drawing());
        if (m_session.isEmpty())
            m_table->setChosenClass(std::nullopt);
        m_clear->setEnabled(isVisible() && !m_session.isEmpty());
    });
    connect(&m_session, &DrawSession::keptChanged, this, &DrawPage::showKept);
    connect(&m_session, &DrawSession::networkChanged, this, &DrawPage::showNetworkState);
    connect(&m_session, &DrawSession::fileKept, this,
            [this](int count) { emit news(tr("Added %Ln drawing(s)", nullptr, count)); });
    connect(&m_session, &DrawSession::nearestFound, this, &DrawPage::showNearest);
    connect(&m_session, &DrawSession::problem, this, &DrawPage::problem);
    connect(&m_session.drawingUndo(), &QUndoStack::canUndoChanged, m_undoStroke,
            [this](bool can) { m_undoStroke->setEnabled(can && isVisible()); });
    connect(&m_session.drawingUndo(), &QUndoStack::canRedoChanged, m_redoStroke,
            [this](bool can) { m_redoStroke->setEnabled(can && isVisible()); });
    connect(m_table, &ProbabilityTable::classChosen, this, [this] { setShowsPixels(true); });
    connect(m_labels, &LabelButtons::labelChosen, this, &DrawPage::keepAs);
    connect(m_labels, &LabelButtons::rebuilt, this, [this] {
        // New buttons come last in the order of tabs, wherever they stand.
        QWidget* before = m_nearest;
        for (QWidget* each : m_labels->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
            setTabOrder(before, each);
            before = each;
        }
        setTabOrder(before, m_keptStrip);
    });
    connect(m_keptStrip, &ImageStrip::chosen, this, &DrawPage::openKept);
    connect(m_keptStrip, &ImageStrip::removalWanted, this, &DrawPage::removeKept);
    connect(m_keptStrip, &ImageStrip::menuWanted, this, [this](int row, QPoint at) {
        const auto drawing = m_session.kept().at(static_cast<std::size_t>(row));
        // While the menu is open, others can come before it.
        const auto rowNow = [this, drawing] {
            const KeptDrawings& kept = m_session.kept();
            const auto found = std::find(kept.begin(), kept.end(), drawing);
            return found == kept.end() ? -1 : static_cast<int>(found - kept.begin());
        };
        QMenu menu;
        menu.addAction(tr("&Put on the canvas"), this, [this, rowNow] { openKept(rowNow()); });
        menu.addAction(tr("&Remove"), this, [this, rowNow] { removeKept(rowNow()); });
        menu.exec(at);
    });
    connect(m_trainOn, &QCheckBox::clicked, this, &DrawPage::trainsOnDrawingsWanted);
}

// ---- what a person does -------------------------------------------------------------------------------

void DrawPage::chooseImage()
{
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Open image"), {},
        tr("Images and drawings (*.png *.jpg *.jpeg *.bmp *.gif *.svg *.jsonl);;All files (*)"));
    if (!path.isEmpty())
        openFile(path);
}

void DrawPage::openFile(const QString& path)
{
    if (isStrokeFile(path)) {
        m_session.keepFile(path);
        return;
    }
    const auto image = readImage(path);
    if (!image)
        emit problem(image.error());
    else
        putImage(*image, path);
}

void DrawPage::putImage(const QImage& image, const QString& name)
{
    auto ink = inkOf(image);
    if (!ink) {
        Error error = ink.error();
        error.what = name.toStdString();
        emit problem(error);
        return;
    }
    m_session.setPicture(std::move(*ink));
    emit news(tr("Put %1 on the canvas").arg(QFileInfo(name).fileName()));
}

void DrawPage::pasteImage()
{
    const QMimeData* copied = QApplication::clipboard()->mimeData();
    if (copied && (copied->hasImage() || copied->hasUrls()))
        takeMime(copied);
    else
        emit problem({"paste", "there is no image on the clipboard", "Copy an image first"});
}

void DrawPage::takeMime(const QMimeData* offered)
{
    if (offered->hasImage()) {
        putImage(qvariant_cast<QImage>(offered->imageData()), tr("the image"));
        return;
    }
    const QList<QUrl> urls = offered->urls();
    if (urls.size() != 1 || !urls.first().isLocalFile()) {
        emit problem(
            {"the image", urls.size() > 1 ? "there is more than one file" : "it is no file of this computer",
             urls.size() > 1 ? "Take one image at a time" : "Save it first, or copy the image itself"});
        return;
    }
    const QString path = urls.first().toLocalFile();
    // A model or a folder of data is the window's business, wherever it is dropped.
    if (QFileInfo(path).isDir() || path.endsWith(QLatin1String(".safetensors"), Qt::CaseInsensitive))
        emit otherFileDropped(path);
    else
        openFile(path);
}

void DrawPage::keepAs(int label)
{
    if (m_canvas->isDrawing())
        return;
    if (const auto kept = m_session.keep(label); !kept)
        emit problem(kept.error());
    else
        emit news(tr("Kept as %1").arg(className(label)));
}

void DrawPage::removeKept(int row)
{
    if (const auto removed = m_session.removeKept(row); !removed)
        emit problem(removed.error());
}

void DrawPage::openKept(int row)
{
    const KeptDrawings& kept = m_session.kept();
    if (row >= 0 && static_cast<std::size_t>(row) < kept.size())
        m_session.setDrawing(kept[static_cast<std::size_t>(row)]->sample, tr("Kept drawing"));
}

void DrawPage::chooseExportFolder()
{
    QStringList names;
    for (const char* name : idxFileNames)
        names << QString::fromLatin1(name);
    const QString folder = chooseFolderToWrite(this, tr("Folder for the four IDX files"), names);
    if (folder.isEmpty())
        return;
    if (const auto written = m_session.exportIdx(folder, true); !written)
        emit problem(written.error());
    else
        emit news(
            tr("Exported to %1, every sixth drawing into the test files").arg(QFileInfo(folder).fileName()));
}

void DrawPage::wantGraph()
{
    const DrawNetwork* network = m_session.network();
    const auto all = guesses(view().probabilities());
    if (!network || !network->setup || !view().digit || all.empty())
        return;
    // What the loss is taken of: the chosen class, else what the network takes it for.
    const int label = m_table->chosenClass().value_or(all.front().label);
    auto drawing = std::make_shared<Dataset>();
    drawing->name = tr("Your drawing").toStdString();
    drawing->width = imageSide;
    drawing->height = imageSide;
    drawing->classes = network->setup->data->classes;
    drawing->classNames = network->setup->data->classNames;
    drawing->pixels.assign(view().digit->image.begin(), view().digit->image.end());
    drawing->labels = {static_cast<std::uint8_t>(label)};
    emit graphWanted(drawing);
}

void DrawPage::setPreparation(Preparation preparation)
{
    m_preparation = preparation;
    m_seen[static_cast<std::size_t>(preparation)]->setChecked(true);
    m_raw->setChecked(preparation == Preparation::Raw);
    showReading();
    m_nearTimer->start();
}

void DrawPage::setShowsPixels(bool shows)
{
    m_showsPixels = shows;
    if (!shows)
        m_table->setChosenClass(std::nullopt); // the next time again what the network takes it for
    m_layers->button(shows ? 1 : 0)->setChecked(true);
    m_pixels->setChecked(shows);
    placeColumns();
    showPixels();
}

// ---- reading ------------------------------------------------------------------------------------------

// At once where that is quick, so that ink and bars are painted together; a slow network reads once for all
// the movements that wait.
void DrawPage::scheduleReading()
{
    if (m_milliseconds < quickReading)
        read();
    else if (!m_readTimer->isActive())
        m_readTimer->start();
}

void DrawPage::read()
{
    const DrawNetwork* network = m_session.network();
    Observer* observer = network ? network->observer.get() : nullptr;
    QElapsedTimer timer;
    timer.start();
    for (const Preparation each : {Preparation::Mnist, Preparation::Raw})
        m_views[static_cast<std::size_t>(each)] = readInk(m_canvas->ink(), each, observer);
    m_milliseconds = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    showReading();
    // Not begun again by each new network of a running training: it would never come to its end.
    if (isVisible() && (!m_nearTimer->isActive() || m_canvas->isDrawing()))
        m_nearTimer->start();
}

QString DrawPage::className(int label) const
{
    return label >= 0 && label < m_classes.size() ? m_classes[label] : QString::number(label);
}

QString DrawPage::percentText(double probability) const
{
    return tr("%1 %").arg(numberText(100.0 * probability, 1, locale()));
}

void DrawPage::showReading()
{
    showGuess(view());
    showSeen();
    showPixels();
    m_table->setProbabilities(view().probabilities());
    m_activations->setActivations(view().layers);
    m_graph->setEnabled(isVisible() && !guesses(view().probabilities()).empty());
    m_labels->setEnabled(m_views[0].digit.has_value());
    if (!view().digit || view().layers.empty())
        m_nearest->setItems({});
}

// As large as the card has room for: a digit fills it, a class's name may be long.
void DrawPage::showPrediction(const QString& name)
{
    const int beside = std::max(m_sure->sizeHint().width(), m_next->sizeHint().width()) +
                       m_graphButton->sizeHint().width() + 2 * wordsGap;
    const int room = std::max(m_table->width() / 4, m_table->width() - beside);
    QFont font = m_prediction->font();
    for (const double scale : {4.0, 2.8, 2.0, 1.4}) {
        font = scaledFont(this->font(), scale);
        font.setWeight(QFont::Bold);
        if (QFontMetrics(font).horizontalAdvance(name) <= room)
            break;
    }
    const QString shown = name.size() <= 2 ? name : QFontMetrics(font).elidedText(name, Qt::ElideRight, room);
    m_prediction->setFont(font);
    m_prediction->setText(shown);
    m_prediction->setToolTip(shown == name ? QString() : name);
}

void DrawPage::showGuess(const InkView& seen)
{
    const auto all = guesses(seen.probabilities());
    const DrawNetwork* network = m_session.network();
    const bool known = !all.empty();
    const QString digit = known ? className(all.front().label) : QStringLiteral("–");
    m_prediction->setForegroundRole(known ? QPalette::WindowText : QPalette::PlaceholderText);
    m_prediction->setAccessibleDescription(digit);
    QString sure;
    QString next;
    if (known) {
        sure = tr("%1 sure").arg(percentText(all.front().probability));
        if (all.size() > 1)
            next = tr("next: %1 (%2)").arg(className(all[1].label), percentText(all[1].probability));
        if (!network->trained)
            next = tr("untrained: a guess");
    } else if (m_session.isEmpty() && !m_canvas->isDrawing()) {
        sure = tr("Nothing drawn yet");
    } else if (!seen.digit) {
        sure = capitalized(translated(seen.digit.error().why));
        next = translated(seen.digit.error().mend);
    } else if (network && network->observer) {
        sure = tr("The weights have left all bounds");
        next = tr("Reset the run, or take a smaller learning rate");
    } else if (network && network->error) {
        sure = tr("This network reads no drawings");
    } else {
        sure = tr("No network yet");
    }
    m_sure->setText(sure);
    m_sure->setAccessibleDescription(sure);
    m_next->setText(next);
    m_next->setAccessibleDescription(next);
    showPrediction(digit);
    const QString speed = known ? tr("%1 ms").arg(numberText(m_milliseconds, 2, locale())) : QString();
    m_speed->setText(speed);
    m_speed->setAccessibleDescription(speed);
}

void DrawPage::showSeen()
{
    for (std::size_t i = 0; i < m_seen.size(); ++i) {
        const InkView& each = m_views[i];
        const auto all = guesses(each.probabilities());
        m_seen[i]->setSeen(each.digit ? imageOf(each.digit->image) : QImage(),
                           all.empty() ? QString() : className(all.front().label),
                           all.empty() ? QString() : percentText(all.front().probability));
    }
}

// The gradient of a class's score with respect to each pixel, over the ink.
void DrawPage::showPixels()
{
    const DrawNetwork* network = m_session.network();
    const InkView& seen = view();
    const auto all = guesses(seen.probabilities());
    if (!m_showsPixels || !seen.digit || all.empty() || !network || !network->observer) {
        m_canvas->setOverlay({}, {});
        m_canvas->setFrame(std::nullopt);
        m_explanation->setText(
            m_showsPixels ? tr("Draw something to see which of its pixels mattered.")
            : m_preparation == Preparation::Mnist
                ? tr("28 × 28: cropped to the ink, scaled into 20 × 20 and centred by mass, as MNIST was.")
                : tr("28 × 28: the whole canvas merely shrunk. Small or off the centre, a digit looks like "
                     "none "
                     "that the network has learned from."));
        m_explanation->setAccessibleDescription(m_explanation->text());
        return;
    }
    const int label = m_table->chosenClass().value_or(all.front().label);
    const SignMap map =
        signMap(inputGradient(*network->observer, networkInput(seen.digit->image), label), imageSide);
    const double side = imageSide * seen.digit->pixel;
    const QRectF place(seen.digit->left, seen.digit->top, side, side);
    m_canvas->setOverlay(map.image, place);
    m_canvas->setFrame(place);
    m_explanation->setText(tr("Orange: more ink there raises the score of %1; blue: it lowers it. "
                              "Full colour: by %2 for a pixel from black to white.")
                               .arg(className(label), numberText(map.largest, 2, locale())));
    m_explanation->setAccessibleDescription(m_explanation->text());
}

// ---- the network --------------------------------------------------------------------------------------

void DrawPage::showNetwork(const GridAnswer& answer)
{
    // Nobody sees a hidden page; what it missed is made up for when it is shown.
    if (isVisible())
        m_session.setNetwork(answer);
    else
        m_answer = answer;
}

void DrawPage::showNetworkState()
{
    const DrawNetwork* network = m_session.network();
    QStringList classes;
    std::vector<ActivationLayer> layers;
    std::vector<int> units;
    if (network && network->observer) {
        const Dataset& pool = *network->setup->data;
        const auto spans = layerSpans(network->setup->initial.stack);
        for (int label = 0; label < spans.back().units; ++label) {
            classes << (static_cast<std::size_t>(label) < pool.classNames.size()
                            ? QString::fromStdString(pool.classNames[static_cast<std::size_t>(label)])
                            : QString::number(label));
        }
        for (const LayerSpan& span : spans) {
            const Activation activation = span.activation;
            const bool isSigned = activationRow(activation).least < 0.0;
            const QString name =
                span.layer == spans.back().layer ? tr("Output %L1 · %2") : tr("Dense %L1 · %2");
            layers.push_back({name.arg(span.units).arg(activationText(activation)), isSigned,
                              activation == Activation::Relu});
            units.push_back(span.units);
        }
    } else {
        for (int label = 0; label <= 9; ++label)
            classes << QString::number(label);
    }
    if (classes != m_classes) {
        m_classes = classes;
        m_table->setClasses(classes);
        m_labels->setClasses(classes);
    }
    m_activations->setLayers(layers, units);
    if (network && network->error) {
        const QString text = sentenceOf(*network->error);
        if (text != m_notice->message() || m_notice->isHidden())
            m_notice->showMessage(MessageBar::Kind::Note, text, tr("Use built-in digits"),
                                  [this] { emit digitsWanted(); });
    } else {
        m_notice->hide();
    }
    showKept();
    read();
}

void DrawPage::showKept()
{
    const DrawNetwork* network = m_session.network();
    const KeptDrawings& kept = m_session.kept();
    std::vector<StripItem> items;
    int right = 0;
    // Drawings that came since the network was asked wait for its next answer.
    std::unordered_map<const KeptDrawing*, const Guess*> judgements;
    for (std::size_t i = 0; network && i < network->kept.size(); ++i)
        judgements.emplace(network->keptDrawings[i].get(), &network->kept[i]);
    for (const auto& drawing : kept) {
        const int label = *drawing->sample.label;
        StripItem item{imageOf(drawing->image), className(label), tr("True: %1").arg(className(label)), {}};
        if (const auto judged = judgements.find(drawing.get()); judged != judgements.end()) {
            const Guess* const guess = judged->second;
            item.correct = guess->label == label;
            right += *item.correct ? 1 : 0;
            const QString predicted = guess->label < 0 ? QStringLiteral("–") : className(guess->label);
            if (!*item.correct)
                item.caption = tr("%1 (%2)").arg(predicted, className(label)); // as "Pred: 4 (True: 9)"
            item.tip = tr("Pred: %1 (True: %2), %3 sure")
                           .arg(predicted, className(label), percentText(guess->probability));
        }
        items.push_back(std::move(item));
    }
    m_keptStrip->setItems(std::move(items));
    const int count = static_cast<int>(kept.size());
    const bool judged = network && network->observer;
    m_keptWords->setText(
        count == 0 ? QString()
        : judged   ? tr("%1 of %Ln drawing(s) recognised", nullptr, count).arg(locale().toString(right))
                   : tr("%Ln drawing(s)", nullptr, count));
    m_keptWords->setAccessibleDescription(m_keptWords->text());
    m_keptWords->setVisible(count > 0);
    m_trainOn->setEnabled(count > 0 || m_trainOn->isChecked());
    m_export->setEnabled(isVisible() && count > 0);
}

void DrawPage::showNearest(const NearestAnswer& answer)
{
    const DrawNetwork* network = m_session.network();
    // An answer about another picture or other data comes too late.
    if (!network || !network->setup || network->setup->data != answer.data || !view().digit ||
        view().digit->image != answer.image)
        return;
    const Dataset& pool = *answer.data;
    std::vector<StripItem> items;
    for (const NearImage& near : answer.images) {
        const QString name = className(pool.labels[near.sample]);
        items.push_back({sampleImage(pool, near.sample),
                         name,
                         tr("%1, sample %L2 of the data set, at a distance of %3")
                             .arg(name)
                             .arg(near.sample)
                             .arg(numberText(near.distance, 2, locale())),
                         {}});
    }
    m_nearest->setItems(std::move(items));
}

void DrawPage::setTrainsOnDrawings(bool trains)
{
    m_trainOn->setChecked(trains);
    m_trainOn->setEnabled(trains || !m_session.kept().empty());
}

// ---- the page -----------------------------------------------------------------------------------------

void DrawPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_answer) {
        m_session.setNetwork(*m_answer);
        m_answer.reset();
    }
    for (QAction* action : {m_eraser, m_pixels, m_raw, m_open, m_paste})
        action->setEnabled(true);
    m_undoStroke->setEnabled(m_session.drawingUndo().canUndo());
    m_redoStroke->setEnabled(m_session.drawingUndo().canRedo());
    m_clear->setEnabled(!m_session.isEmpty());
    placeColumns();
    showKept();
    scheduleReading();
}

void DrawPage::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    for (QAction* action : std::as_const(m_actions))
        action->setEnabled(false);
    m_nearTimer->stop();
}

void DrawPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    placeColumns();
    // Once the card has its new width, on which the prediction's size depends.
    QMetaObject::invokeMethod(
        this, [this] { showGuess(view()); }, Qt::QueuedConnection);
}

void DrawPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange && m_left)
        placeColumns();
}

} // namespace chainrule
