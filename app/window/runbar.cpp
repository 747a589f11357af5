// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/runbar.h"

#include "widgets/style/icons.h"

#include <QAction>
#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QShowEvent>
#include <QTabBar>
#include <QTimer>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int progressSteps = 1000;
constexpr int growthRoom = 24; // numbers can grow beyond the width that was set aside for them

// What a label shows is its accessible description too: not every reader of the screen sees a label's text.
void say(QLabel* label, const QString& text)
{
    if (label->text() == text)
        return;
    label->setText(text);
    label->setAccessibleDescription(text);
}

// A label as wide as the widest text that it will show, so that nothing moves when numbers change.
QLabel* valueLabel(const QString& name, const QString& widest, Qt::Alignment alignment)
{
    auto* label = new QLabel;
    label->setAccessibleName(name);
    label->setAlignment(alignment | Qt::AlignVCenter);
    label->setText(widest);
    label->setMinimumWidth(label->sizeHint().width() + 2);
    label->clear();
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QString secondsText(double seconds, const QLocale& locale)
{
    if (!std::isfinite(seconds))
        return {};
    if (seconds < 60.0)
        return RunBar::tr("%1 s left").arg(locale.toString(seconds, 'f', seconds < 10.0 ? 1 : 0));
    if (seconds < 3600.0)
        return RunBar::tr("%1 min left").arg(locale.toString(seconds / 60.0, 'f', 1));
    return RunBar::tr("%1 h left").arg(locale.toString(seconds / 3600.0, 'f', 1));
}

} // namespace

RunBar::RunBar(const Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_actions(actions)
    , m_tabs(new QTabBar)
    , m_progress(new QProgressBar)
{
    m_run = actionButton(actions.run);
    m_run->setProperty("primary", true);
    connect(actions.run, &QAction::changed, this, &RunBar::showRunAction);

    QPushButton* step = actionButton(actions.stepBatch);
    step->setText(tr("Step"));
    step->setAccessibleName(tr("Step"));
    step->setProperty("segment", "first");
    auto* stepMenu = new QMenu(this);
    stepMenu->addAction(actions.stepBatch);
    stepMenu->addAction(actions.stepEpoch);
    auto* stepMore = new QPushButton;
    stepMore->setMenu(stepMenu);
    stepMore->setAccessibleName(tr("Step size"));
    stepMore->setToolTip(tr("One batch or one epoch"));
    stepMore->setProperty("segment", "last");
    stepMore->setFixedWidth(stepMore->fontMetrics().height() + 12);

    m_reset = actionButton(actions.reset);
    m_newWeights = actionButton(actions.newWeights);
    m_trainNew = actionButton(actions.trainNew);
    const auto choose = [this] {
        m_trainNew->setVisible(m_actions.trainNew->isVisible());
        m_newWeights->setVisible(!m_actions.trainNew->isVisible());
        // The second click of a double click is none on the button that has come in its place.
        m_newWeights->setAttribute(Qt::WA_TransparentForMouseEvents);
        QTimer::singleShot(QApplication::doubleClickInterval(), m_newWeights,
                           [this] { m_newWeights->setAttribute(Qt::WA_TransparentForMouseEvents, false); });
    };
    connect(actions.trainNew, &QAction::changed, this, choose);

    m_tabs->setAccessibleName(tr("Pages"));
    m_tabs->setExpanding(false);
    m_tabs->setDrawBase(false);

    m_progress->setAccessibleName(tr("Training progress"));
    m_progress->setRange(0, progressSteps);
    m_progress->setTextVisible(false);
    m_progress->setMinimumWidth(48);
    m_progress->setMaximumWidth(220);

    m_epoch = valueLabel(tr("Epoch"), tr("epoch %1 / %2").arg(100).arg(100), Qt::AlignRight);
    m_epoch->setForegroundRole(QPalette::WindowText);
    m_timeLeft = valueLabel(tr("Time left"), tr("%1 min left").arg(QStringLiteral("00.0")), Qt::AlignLeft);
    m_loss = valueLabel(tr("Training loss"), tr("loss %1").arg(QStringLiteral("0.0000")), Qt::AlignLeft);
    m_testAccuracy =
        valueLabel(tr("Test accuracy"), tr("test %1 %").arg(QStringLiteral("100.00")), Qt::AlignLeft);
    m_speed = valueLabel(tr("Samples per second"), tr("%1 samples/s").arg(QStringLiteral("00,000,000")),
                         Qt::AlignRight);

    auto* buttons = new QHBoxLayout;
    m_buttons = buttons;
    buttons->setSpacing(8);
    buttons->addWidget(m_run);
    auto* steps = new QHBoxLayout;
    steps->setSpacing(0);
    steps->addWidget(step);
    steps->addWidget(stepMore);
    buttons->addLayout(steps);
    buttons->addWidget(m_reset);
    buttons->addWidget(m_newWeights);
    buttons->addWidget(m_trainNew);
    choose();

    auto* numbers = new QHBoxLayout;
    numbers->setSpacing(12);
    numbers->addStretch();
    numbers->addWidget(m_loss);
    numbers->addWidget(m_testAccuracy);
    numbers->addWidget(m_speed);
    auto* progressRow = new QHBoxLayout;
    progressRow->setSpacing(8);
    progressRow->addStretch();
    progressRow->addWidget(m_epoch);
    progressRow->addWidget(m_progress, 1);
    progressRow->addWidget(m_timeLeft);
    auto* status = new QVBoxLayout;
    status->setSpacing(4);
    status->addLayout(progressRow);
    status->addLayout(numbers);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 8);
    layout->setSpacing(16);
    layout->addLayout(buttons);
    layout->addWidget(m_tabs, 0, Qt::AlignVCenter);
    layout->addStretch(1);
    layout->addLayout(status, 2);

    setState(TrainingState::Idle);
    clearProgress();
    setTestAccuracy(std::nullopt);
}

QPushButton* RunBar::actionButton(QAction* action)
{
    auto* button = new QPushButton(action->icon(), action->iconText());
    const auto follow = [button, action] {
        button->setEnabled(action->isEnabled());
        button->setToolTip(action->toolTip());
    };
    follow();
    button->setAccessibleName(action->iconText());
    connect(action, &QAction::changed, button, follow);
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    return button;
}

void RunBar::setCompact(bool compact)
{
    m_reset->setText(compact ? QString() : m_actions.reset->iconText());
    m_newWeights->setText(compact ? QString() : m_actions.newWeights->iconText());
    m_trainNew->setText(compact ? QString() : m_actions.trainNew->iconText());
    m_buttons->invalidate(); // a layout within a layout would remember its old size until later
    layout()->invalidate();
}

QSize RunBar::minimumSizeHint() const
{
    return {m_compactWidth, QWidget::minimumSizeHint().height()};
}

// The least that the bar can do with: two buttons without words, and tabs that scroll.
void RunBar::measure()
{
    m_tabs->setMinimumWidth(0);
    setCompact(true);
    m_compactWidth = layout()->minimumSize().width();
    shareWidth();
    updateGeometry();
}

// Where not everything has room, the icons, tips and names of two buttons must do; where even that does not
// help, the tabs scroll.
void RunBar::shareWidth()
{
    m_tabs->setMinimumWidth(m_tabs->sizeHint().width());
    setCompact(false);
    setCompact(width() < layout()->minimumSize().width() + growthRoom);
    if (width() < layout()->minimumSize().width())
        m_tabs->setMinimumWidth(0);
}

void RunBar::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    shareWidth();
}

void RunBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    shareWidth();
}

bool RunBar::event(QEvent* event)
{
    const bool done = QWidget::event(event);
    // Fonts and style are settled only when the bar is polished.
    if (layout() && (event->type() == QEvent::Polish || event->type() == QEvent::FontChange ||
                     event->type() == QEvent::StyleChange))
        measure();
    return done;
}

void RunBar::showRunAction()
{
    m_run->setText(m_actions.run->iconText());
    m_run->setIcon(m_actions.run->icon());
    m_run->setAccessibleName(m_actions.run->iconText());
}

void RunBar::setState(TrainingState state)
{
    m_state = state;
    // As wide as its widest words, so that the buttons beside it stay in place.
    if (m_run->minimumWidth() == 0) {
        const int widest = std::max({m_run->fontMetrics().horizontalAdvance(tr("Train")),
                                     m_run->fontMetrics().horizontalAdvance(tr("Pause")),
                                     m_run->fontMetrics().horizontalAdvance(tr("Resume"))});
        m_run->setMinimumWidth(widest + 56);
    }
    showRunAction();
    if (state == TrainingState::Finished)
        say(m_timeLeft, tr("finished"));
    else if (state == TrainingState::Diverged)
        say(m_timeLeft, tr("diverged"));
    else if (state == TrainingState::Paused)
        say(m_timeLeft, tr("paused"));
}

void RunBar::setEpoch(int epoch, int epochs)
{
    say(m_epoch, tr("epoch %1 / %2").arg(locale().toString(epoch), locale().toString(epochs)));
}

void RunBar::setProgress(const Progress& progress)
{
    if (progress.samplesTotal == 0)
        return;
    const double share =
        static_cast<double>(progress.samplesDone) / static_cast<double>(progress.samplesTotal);
    m_progress->setValue(static_cast<int>(std::lround(share * progressSteps)));
    say(m_speed, tr("%1 samples/s").arg(locale().toString(std::llround(progress.samplesPerSecond))));
    if (m_state == TrainingState::Running)
        say(m_timeLeft, secondsText(progress.secondsLeft, locale()));
}

void RunBar::setTestAccuracy(std::optional<double> percent)
{
    say(m_testAccuracy, tr("test %1").arg(percent ? tr("%1 %").arg(locale().toString(*percent, 'f', 2))
                                                  : QStringLiteral("–")));
    m_testAccuracy->setToolTip(tr("Accuracy on the test samples, measured at the end of a run"));
}

void RunBar::setTrainingLoss(std::optional<double> loss)
{
    say(m_loss, tr("loss %1").arg(loss ? locale().toString(*loss, 'f', 4) : QStringLiteral("–")));
    m_loss->setToolTip(tr("Mean loss of the newest training samples"));
}

void RunBar::clearProgress()
{
    m_progress->setValue(0);
    say(m_speed, tr("– samples/s"));
    say(m_timeLeft, {});
    say(m_epoch, {});
    setTrainingLoss(std::nullopt);
}

} // namespace chainrule
