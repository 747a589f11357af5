// SPDX-License-Identifier: GPL-3.0-or-later
// How long the bars of the Draw page lag behind the pen: from the moment at which a movement of the pen is
// due, 125 times a second, until the bars that belong to it are painted; idle, and while both engines'
// training keeps the cores busy. And what the parts of it take. One measurement a line; nothing is judged.
#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/draw/drawpage.h"
#include "app/draw/inkreader.h"
#include "app/window/mainwindow.h"

#include "core/data/ink/canvas.h"
#include "core/data/readers/sources.h"

#include "tests/bench/delayprobe.h"
#include "tests/core/drawings.h"

#include "widgets/images/drawingcanvas.h"
#include "widgets/tables/probabilitytable.h"

#include <QApplication>
#include <QEventLoop>
#include <QMouseEvent>
#include <QSettings>
#include <QTabBar>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>
#include <vector>

namespace chainrule {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
constexpr std::chrono::milliseconds betweenMoves{8};

class MoveEvent : public QEvent {
public:
    explicit MoveEvent(Clock::time_point due)
        : QEvent(QEvent::User)
        , m_due(due)
    {
    }
    [[nodiscard]] Clock::time_point due() const { return m_due; }

private:
    Clock::time_point m_due;
};

/// A hand that writes one digit after the other.
class Hand : public QObject {
public:
    Hand(DrawPage& page, ProbabilityTable& bars)
        : m_page(page)
    {
        bars.viewport()->installEventFilter(this);
        for (const auto& digit : tests::drawnDigits()) {
            for (const Stroke& stroke : digit) {
                const Stroke smooth = smoothStroke(stroke, 2.0);
                for (std::size_t i = 0; i < smooth.size(); ++i)
                    m_moves.push_back({smooth[i], i == 0, i + 1 == smooth.size()});
            }
            m_moves.back().endsDigit = true;
        }
    }

    std::vector<double> write(std::chrono::seconds duration)
    {
        m_lags.clear();
        std::jthread clock([this, end = Clock::now() + duration] {
            for (auto due = Clock::now(); due < end; due += betweenMoves) {
                std::this_thread::sleep_until(due);
                QCoreApplication::postEvent(this, new MoveEvent(due));
            }
        });
        QEventLoop loop;
        QTimer::singleShot(duration, &loop, &QEventLoop::quit);
        loop.exec();
        std::sort(m_lags.begin(), m_lags.end());
        return m_lags;
    }

protected:
    void customEvent(QEvent* event) override
    {
        const Move& move = m_moves[m_next];
        m_next = (m_next + 1) % m_moves.size();
        DrawingCanvas& canvas = *m_page.canvas();
        const double side = canvas.width();
        const QPointF at((0.2 + 0.006 * move.at.x) * side, (0.2 + 0.006 * move.at.y) * side);
        const auto send = [&](QEvent::Type type, Qt::MouseButton button, Qt::MouseButtons buttons) {
            QMouseEvent mouse(type, at, canvas.mapToGlobal(at), button, buttons, Qt::NoModifier);
            QCoreApplication::sendEvent(&canvas, &mouse);
        };
        if (move.begins)
            send(QEvent::MouseButtonPress, Qt::LeftButton, Qt::LeftButton);
        else
            send(QEvent::MouseMove, Qt::NoButton, Qt::LeftButton);
        if (!m_waiting)
            m_waiting = static_cast<MoveEvent*>(event)->due();
        if (move.ends)
            send(QEvent::MouseButtonRelease, Qt::LeftButton, Qt::NoButton);
        if (move.endsDigit) {
            m_page.session().clear();
            m_waiting.reset(); // an empty canvas is nobody's answer to a movement
        }
    }

    bool eventFilter(QObject*, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && m_waiting) {
            // Once this paint, and what is painted along with it, has reached the window.
            QTimer::singleShot(0, this, [this, due = *m_waiting] {
                m_lags.push_back(Milliseconds(Clock::now() - due).count());
            });
            m_waiting.reset();
        }
        return false;
    }

private:
    struct Move {
        StrokePoint at;
        bool begins = false;
        bool ends = false;
        bool endsDigit = false;
    };
    DrawPage& m_page;
    std::vector<Move> m_moves;
    std::size_t m_next = 0;
    std::optional<Clock::time_point> m_waiting;
    std::vector<double> m_lags;
};

void wait(int milliseconds)
{
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

void report(const char* name, const std::vector<double>& lags)
{
    std::printf("pen to bars, %-22s %6.2f ms median, %6.2f ms 99th percentile, %6.2f ms maximum (%zu)\n",
                name, quantile(lags, 0.5), quantile(lags, 0.99), quantile(lags, 1.0), lags.size());
    std::fflush(stdout);
}

template <typename Work>
void reportWork(const char* name, Work work)
{
    std::vector<double> times;
    for (int i = 0; i < 400; ++i) {
        const auto start = Clock::now();
        work();
        times.push_back(Milliseconds(Clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%-35s %6.3f ms median, %6.3f ms 99th percentile\n", name, quantile(times, 0.5),
                quantile(times, 0.99));
}

void parts(DrawPage& page)
{
    InkImage canvas = canvasWith({});
    const auto digits = tests::drawnDigits();
    for (const Stroke& stroke : digits[8]) {
        Stroke placed;
        for (const StrokePoint& point : stroke)
            placed.push_back({0.2 + 0.006 * point.x, 0.2 + 0.006 * point.y});
        drawOnCanvas(canvas, placed, canvasPen);
    }
    Observer& observer = *page.session().network()->observer;
    reportWork("ink to both readings", [&] {
        for (const Preparation each : {Preparation::Mnist, Preparation::Raw})
            static_cast<void>(readInk(canvas, each, &observer));
    });
    const auto inputs = networkInput(prepareDigit(canvas)->image);
    reportWork("network, forward", [&] { static_cast<void>(observe(observer, inputs)); });
    reportWork("network, forward and backward",
               [&] { static_cast<void>(inputGradient(observer, inputs, 3)); });
    const auto& setup = *page.session().network()->setup;
    const auto image = prepareDigit(canvas)->image;
    reportWork("nearest training images",
               [&] { static_cast<void>(nearestImages(*setup.data, setup.split.training, image, 6)); });
    std::fflush(stdout);
}

int run(QApplication& application)
{
    installTranslations(application);
    ThemeSwitch theme;
    TrainingSettings settings = presets().front().settings;
    settings.data = defaultSource();
    MainWindow window(settings, theme);
    window.resize(1360, 860);
    window.show();
    window.begin({}, {}, false);
    for (auto* tabs : window.findChildren<QTabBar*>()) {
        for (int i = 0; i < tabs->count(); ++i) {
            if (tabs->tabText(i) == QLatin1String("Draw"))
                tabs->setCurrentIndex(i);
        }
    }
    auto* page = window.findChild<DrawPage*>();
    while (!page->session().network() || !page->session().network()->observer)
        wait(50);
    wait(500);
    parts(*page);
    Hand hand(*page, *window.findChild<ProbabilityTable*>());
    report("idle", hand.write(std::chrono::seconds(10)));
    settings.epochs = 100'000;
    settings.threads = QThread::idealThreadCount();
    for (const EngineKind engine : {EngineKind::Matrix, EngineKind::Scalar}) {
        settings.engine = engine;
        settings.precision = engine == EngineKind::Matrix ? Precision::Float : Precision::Double;
        if (engine == EngineKind::Scalar)
            settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
        window.workbench().document().edit(settings, {});
        window.workbench().run();
        wait(1000);
        report(engine == EngineKind::Matrix ? "matrix engine trains" : "scalar engine trains",
               hand.write(std::chrono::seconds(10)));
        window.workbench().reset();
        wait(500);
    }
    return 0;
}

} // namespace

} // namespace chainrule

int main(int count, char** words)
{
    const QTemporaryDir home; // nobody's settings and drawings
    qputenv("XDG_DATA_HOME", home.path().toLocal8Bit());
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, home.path());
    QApplication application(count, words);
    return chainrule::run(application);
}
