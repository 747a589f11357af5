// SPDX-License-Identifier: GPL-3.0-or-later
// What stands where on the Draw page, and its actions.
#include "app/draw/drawpage.h"

#include "app/base/panels.h"

#include "widgets/fields/labelbuttons.h"
#include "widgets/fields/messagebar.h"
#include "widgets/fields/numbertext.h"
#include "widgets/images/drawingcanvas.h"
#include "widgets/images/imagestrip.h"
#include "widgets/images/seentile.h"
#include "widgets/network/activationstrips.h"
#include "widgets/style/card.h"
#include "widgets/style/icons.h"
#include "widgets/tables/probabilitytable.h"

#include <QAction>
#include <QButtonGroup>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSlider>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int thinnestSlider = 20; // thousandths of the canvas
constexpr int widestSlider = 180;
constexpr int nearestColumns = 3;
constexpr int keptColumns = 3;
constexpr int margin = 16;
constexpr int gap = 12;

QLabel* quietLabel(const QString& accessibleName)
{
    auto* label = new QLabel;
    label->setAccessibleName(accessibleName);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QPushButton* segment(const QString& text, const QString& tip, const char* place, QButtonGroup* group, int id)
{
    auto* button = new QPushButton(text);
    button->setCheckable(true);
    button->setToolTip(tip);
    button->setProperty("segment", place);
    group->addButton(button, id);
    return button;
}

// A button that does what an action does, and is enabled as that is.
QPushButton* buttonFor(QAction* action, const QString& text)
{
    auto* button = new QPushButton(text);
    button->setToolTip(action->toolTip());
    button->setEnabled(action->isEnabled());
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    QObject::connect(action, &QAction::enabledChanged, button, &QWidget::setEnabled);
    return button;
}

} // namespace

void DrawPage::build()
{
    createActions();
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_left = buildCanvas();
    layout->addWidget(m_left);
    auto* reading = scrollingPanel(buildReading());
    for (QWidget* ground : {reading->viewport(), reading->widget()})
        ground->setBackgroundRole(QPalette::Window);
    layout->addWidget(reading, 1);
    auto* line = new QFrame;
    line->setFrameShape(QFrame::VLine);
    line->setFrameShadow(QFrame::Plain);
    layout->addWidget(line);
    m_side = buildSide();
    layout->addWidget(m_side);
}

void DrawPage::createActions()
{
    const auto action = [this](const QString& text, const QKeySequence& key, const QString& tip,
                               auto&& work) {
        auto* made = new QAction(text, this);
        made->setShortcut(key);
        made->setToolTip(
            key.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
        made->setEnabled(false); // until the page is shown
        connect(made, &QAction::triggered, this, work);
        m_actions.append(made);
        return made;
    };
    m_undoStroke = action(tr("&Undo stroke"), QKeySequence(QStringLiteral("Ctrl+Backspace")),
                          tr("Take the last stroke back"), [this] { m_session.drawingUndo().undo(); });
    m_redoStroke =
        action(tr("&Redo stroke"), QKeySequence(QStringLiteral("Ctrl+Shift+Backspace")),
               tr("Draw the stroke again that was taken back"), [this] { m_session.drawingUndo().redo(); });
    m_clear = action(tr("&Clear"), QKeySequence(QStringLiteral("Ctrl+L")), tr("Empty the canvas"),
                     [this] { m_session.clear(); });
    m_eraser = action(tr("&Eraser"), QKeySequence(QStringLiteral("Ctrl+R")),
                      tr("Rub out instead of drawing; so does the right mouse button"),
                      [this] { m_canvas->setErasing(m_eraser->isChecked()); });
    m_eraser->setCheckable(true);
    m_pixels = action(tr("Which &pixels mattered"), QKeySequence(QStringLiteral("Ctrl+P")),
                      tr("What each pixel does to the score of the chosen class"),
                      [this] { setShowsPixels(m_pixels->isChecked()); });
    m_pixels->setCheckable(true);
    m_pixels->setObjectName(QStringLiteral("keptPixels")); // from one start to the next
    m_raw = action(tr("Raw can&vas, shrunk"), QKeySequence(QStringLiteral("Ctrl+M")),
                   tr("Show the network the whole canvas, without cropping and centring"),
                   [this] { setPreparation(m_raw->isChecked() ? Preparation::Raw : Preparation::Mnist); });
    m_raw->setCheckable(true);
    m_raw->setObjectName(QStringLiteral("keptRaw"));
    m_graph = action(tr("Show in &graph"), {},
                     tr("Every number of the drawing's prediction, down to single values (Ctrl+G)"),
                     [this] { wantGraph(); });
    m_open = action(tr("&Open image…"), QKeySequence(QStringLiteral("Ctrl+I")),
                    tr("Put a photo, a scan or another picture of a digit on the canvas"),
                    [this] { chooseImage(); });
    m_paste = action(tr("P&aste image"), QKeySequence(QKeySequence::Paste),
                     tr("Put the image of the clipboard on the canvas"), [this] { pasteImage(); });
    m_export =
        action(tr("Export your d&rawings…"), {},
               tr("Write them as a set of IDX files, which any folder of such files can be trained on"),
               [this] { chooseExportFolder(); });
    for (int digit = 0; digit <= 9; ++digit) {
        auto* key = new QShortcut(QKeySequence(Qt::Key_0 + digit), this);
        key->setContext(Qt::WidgetWithChildrenShortcut);
        connect(key, &QShortcut::activated, this, [this, digit] {
            if (digit < m_classes.size())
                keepAs(digit);
        });
    }
}

QWidget* DrawPage::buildCanvas()
{
    m_canvas = new DrawingCanvas;
    m_canvas->setAccessibleName(tr("Drawing canvas"));
    auto* redo = buttonFor(m_redoStroke, {});
    redo->setIcon(icon(QStringLiteral("redo")));
    redo->setAccessibleName(tr("Redo stroke"));
    auto* undo = buttonFor(m_undoStroke, tr("Undo stroke"));
    undo->setIcon(icon(QStringLiteral("undo")));
    auto* image = new QPushButton(tr("Image"));
    image->setToolTip(tr("Put an image on the canvas instead of drawing"));
    auto* images = new QMenu(image);
    images->addActions({m_open, m_paste});
    image->setMenu(images);
    auto* above = new QHBoxLayout;
    above->setSpacing(8);
    above->addWidget(undo);
    above->addWidget(redo);
    above->addWidget(buttonFor(m_clear, tr("Clear")));
    above->addStretch(1);
    above->addWidget(image);

    m_pen = new QSlider(Qt::Horizontal);
    m_pen->setRange(thinnestSlider, widestSlider);
    m_pen->setSingleStep(5);
    m_pen->setPageStep(20);
    m_pen->setValue(qRound(1000.0 * canvasPen));
    m_pen->setAccessibleName(tr("Pen width"));
    m_pen->setToolTip(tr("How wide the pen is; the eraser is twice as wide"));
    connect(m_pen, &QSlider::valueChanged, this, [this](int value) { m_canvas->setPen(value / 1000.0); });
    m_canvas->setPen(m_pen->value() / 1000.0);
    auto* penLabel = new QLabel(tr("Pen &width"));
    penLabel->setBuddy(m_pen);
    m_tools = new QButtonGroup(this);
    auto* tools = new QHBoxLayout;
    tools->setSpacing(0);
    tools->addWidget(segment(tr("Pen"), tr("Draw"), "first", m_tools, 0));
    tools->addWidget(segment(tr("Eraser"), m_eraser->toolTip(), "last", m_tools, 1));
    m_tools->button(0)->setChecked(true);
    connect(m_tools, &QButtonGroup::idClicked, this, [this](int id) {
        m_eraser->setChecked(id == 1);
        m_canvas->setErasing(id == 1);
    });
    connect(m_eraser, &QAction::toggled, this,
            [this](bool erases) { m_tools->button(erases ? 1 : 0)->setChecked(true); });
    auto* below = new QHBoxLayout;
    below->setSpacing(8);
    below->addWidget(penLabel);
    below->addWidget(m_pen, 1);
    below->addLayout(tools);

    m_layers = new QButtonGroup(this);
    auto* layers = new QHBoxLayout;
    layers->setSpacing(0);
    layers->addWidget(segment(tr("Ink"), tr("The drawing as it is"), "first", m_layers, 0), 1);
    layers->addWidget(segment(tr("Which pixels mattered"), m_pixels->toolTip(), "last", m_layers, 1), 2);
    m_layers->button(0)->setChecked(true);
    connect(m_layers, &QButtonGroup::idClicked, this, [this](int id) { setShowsPixels(id == 1); });

    auto* column = new QWidget;
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(margin, gap, 0, gap);
    layout->setSpacing(gap);
    layout->addLayout(above);
    layout->addWidget(m_canvas, 1, Qt::AlignHCenter);
    layout->addLayout(below);
    layout->addLayout(layers);
    layout->addWidget(buildSeen());
    layout->addStretch(0); // what the canvas, which stays a square, leaves over
    return column;
}

QWidget* DrawPage::buildSeen()
{
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(gap, gap, gap, gap);
    layout->setSpacing(8);
    m_seenHeading = panelHeading(tr("What the network sees"));
    layout->addWidget(m_seenHeading);
    auto* tiles = new QHBoxLayout;
    tiles->setSpacing(8);
    auto* group = new QButtonGroup(this);
    const QString titles[] = {tr("Centred"), tr("Raw")};
    const QString tips[] = {tr("Cropped, scaled and centred as MNIST's digits were"),
                            tr("The whole canvas, merely shrunk (Ctrl+M)")};
    for (int i = 0; i < 2; ++i) {
        auto* tile = new SeenTile(titles[i]);
        tile->setToolTip(tips[i]);
        group->addButton(tile, i);
        tiles->addWidget(tile);
        m_seen[static_cast<std::size_t>(i)] = tile;
    }
    m_seen[0]->setChecked(true);
    connect(group, &QButtonGroup::idClicked, this,
            [this](int id) { setPreparation(static_cast<Preparation>(id)); });
    layout->addLayout(tiles);
    m_explanation = quietLabel(tr("About the preparation"));
    m_explanation->setWordWrap(true);
    m_explanation->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    layout->addWidget(m_explanation);
    return card;
}

QWidget* DrawPage::buildReading()
{
    m_notice = new MessageBar;
    auto* card = new Card;
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(gap, gap, gap, gap);
    layout->setSpacing(8);
    m_speed = quietLabel(tr("Time of a reading"));
    m_speed->setToolTip(tr("From the ink to the probabilities, both preparations"));
    auto* heading = new QHBoxLayout;
    heading->addWidget(panelHeading(tr("Prediction")));
    heading->addStretch(1);
    heading->addWidget(m_speed);
    layout->addLayout(heading);

    m_prediction = new QLabel;
    m_prediction->setAccessibleName(tr("Prediction"));
    QFont large = scaledFont(m_prediction->font(), 4.0);
    large.setWeight(QFont::Bold);
    m_prediction->setFont(large);
    m_prediction->setMinimumWidth(QFontMetrics(large).horizontalAdvance(QLatin1Char('0')) + 8);
    m_sure = new QLabel;
    m_sure->setAccessibleName(tr("Certainty"));
    m_next = quietLabel(tr("Next guess"));
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addStretch(1);
    words->addWidget(m_sure);
    words->addWidget(m_next);
    words->addStretch(1);
    auto* guess = new QHBoxLayout;
    guess->setSpacing(gap);
    guess->addWidget(m_prediction);
    guess->addLayout(words, 1);
    m_graphButton = buttonFor(m_graph, tr("Show in graph"));
    guess->addWidget(m_graphButton, 0, Qt::AlignVCenter);
    layout->addLayout(guess);

    m_table = new ProbabilityTable;
    m_table->setAccessibleName(tr("Class probabilities"));
    m_table->setToolTip(tr("Click a class to see which pixels speak for it and which against"));
    layout->addWidget(m_table);

    auto* activations = new Card;
    auto* cells = new QVBoxLayout(activations);
    cells->setContentsMargins(gap, gap, gap, gap);
    cells->setSpacing(8);
    cells->addWidget(panelHeading(tr("Activations")));
    m_activations = new ActivationStrips;
    m_activations->setAccessibleName(tr("Activations"));
    cells->addWidget(m_activations);

    auto* column = new QWidget;
    auto* all = new QVBoxLayout(column);
    all->setContentsMargins(gap, gap, margin, 8);
    all->setSpacing(gap);
    all->addWidget(m_notice);
    all->addWidget(card);
    all->addWidget(activations);
    all->addStretch(1);
    return column;
}

QWidget* DrawPage::buildSide()
{
    auto* side = new QWidget;
    makePanel(side);
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(14, gap, 14, gap);
    layout->setSpacing(8);
    layout->addWidget(panelHeading(tr("Nearest in training set")));
    m_nearest = new ImageStrip;
    m_nearest->setAccessibleName(tr("Nearest training images"));
    m_nearest->setColumns(nearestColumns);
    m_nearest->setFitsContent(true);
    m_nearest->setPlaceholder(tr("The training images that look most like the drawing."));
    layout->addWidget(m_nearest);
    layout->addSpacing(8);

    layout->addWidget(panelHeading(tr("Your drawings")));
    m_keepWords = quietLabel(tr("About keeping"));
    m_keepWords->setText(tr("Keep this drawing as:"));
    layout->addWidget(m_keepWords);
    m_labels = new LabelButtons;
    layout->addWidget(m_labels);
    m_keptWords = quietLabel(tr("Drawings recognised"));
    m_keptWords->setWordWrap(true);
    layout->addWidget(m_keptWords);
    m_keptStrip = new ImageStrip;
    m_keptStrip->setAccessibleName(tr("Your drawings"));
    m_keptStrip->setColumns(keptColumns);
    m_keptStrip->setPlaceholder(tr("Draw a digit and say what it is: it is kept here, and read again "
                                   "whenever the network changes."));
    layout->addWidget(m_keptStrip, 1);
    m_trainOn = new QCheckBox(tr("Train on them too"));
    m_trainOn->setToolTip(tr("The next run learns from your drawings beside its training samples"));
    layout->addWidget(m_trainOn);
    layout->addWidget(buttonFor(m_export, tr("Export…")), 0, Qt::AlignLeft);
    return side;
}

// The canvas is as large as its column is wide, or as the page leaves room for below and above it.
void DrawPage::placeColumns()
{
    const int font = fontMetrics().height();
    const bool narrow = width() < 62 * font;
    m_side->setFixedWidth((narrow ? 12 : 14) * font);
    m_low = height() < 40 * font;
    placeExplanation();
    const int widest = (width() - m_side->width()) * (narrow ? 48 : 52) / 100 - margin;
    const int column = std::max(widest, m_left->layout()->minimumSize().width() - margin);
    int rest = 2 * gap;
    for (int i = 0; i < m_left->layout()->count(); ++i) {
        QLayoutItem* item = m_left->layout()->itemAt(i);
        if (item->widget() == m_canvas || item->spacerItem())
            continue;
        rest +=
            gap + (item->hasHeightForWidth() ? item->heightForWidth(column) : item->minimumSize().height());
    }
    const int side = std::clamp(std::min(widest, height() - rest), 196, 640);
    m_canvas->setLargestSide(side);
    m_left->setFixedWidth(std::max(side, m_left->layout()->minimumSize().width() - margin) + margin);
}

// In a low window the heading gives way to what explains the colours; what explains the tiles is in their
// tips.
void DrawPage::placeExplanation()
{
    m_seenHeading->setVisible(!m_low || !m_showsPixels); // first, or a low window would become higher
    m_explanation->setVisible(!m_low || m_showsPixels);
}

} // namespace chainrule
