"""Training, tables, comparisons, figures, labels and tasks."""

import math
import os
import unittest

import numpy as np

from .support import FOLDER, TINY, classes, connect, engram


def lines(seed=0, lifetimes=40, steps=10, queries=5):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (lifetimes, steps + queries, 3))
    y = x @ rng.normal(size=(lifetimes, 3, 1))
    return x[:, :steps], y[:, :steps], x[:, steps:], y[:, steps:]


class RunsTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        connect()
        cls.reports = []
        cls.oja = engram.train({**TINY, "name": "Oja"}, seeds=2, progress=cls.reports.append)
        cls.hebb = engram.train({**TINY, "name": "Hebb"}, set={"learner.rule": "hebb"}, seeds=2, first_seed=1, progress=False)
        cls.both = cls.oja + cls.hebb

    def test_training_reports_and_gives_runs(self):
        self.assertEqual({"meta-training", "evaluation", "done"}, {r["phase"] for r in self.reports})
        self.assertEqual(["finished"] * 2, [r.state for r in self.oja])
        self.assertEqual([1, 2], [r.seed for r in self.oja])
        self.assertTrue(all(math.isfinite(r.query_loss) for r in self.both))
        self.assertEqual({r.name for r in self.oja}, {r.name for r in engram.runs(self.oja.group)})
        self.assertLessEqual({r.name for r in self.both}, {r.name for r in engram.runs()})

    def test_tables_have_settings_as_columns(self):
        table = self.both.table
        self.assertEqual(["oja", "oja", "hebb", "hebb"], list(table["learner.rule"]))
        self.assertEqual([1, 2, 1, 2], list(table["meta-training.seed"]))
        self.assertNotIn("network.hidden-widths", table)
        metrics = self.both.metrics
        self.assertEqual(40, len(metrics["outerStep"]))
        self.assertEqual(["oja"] * 20 + ["hebb"] * 20, list(metrics["learner.rule"]))
        own = self.oja[1].metrics
        np.testing.assert_array_equal(own["outerStep"], np.arange(1, 11))
        np.testing.assert_array_equal(np.asarray(metrics["queryLoss"])[10:20], own["queryLoss"])
        self.assertEqual("oja", own.attrs["settings"]["learner.rule"])

    def test_parameters_are_the_checkpoints(self):
        parameters = self.oja[0].parameters
        self.assertEqual((5, 6), parameters["layer1.weight"].shape)
        self.assertEqual(np.float32, parameters["layer1.alpha"].dtype)
        checkpoint = max(f for f in os.listdir(self.oja[0].folder) if f.startswith("checkpoint-"))
        tensors, _ = engram.load(os.path.join(self.oja[0].folder, checkpoint))
        for name, values in parameters.items():
            np.testing.assert_array_equal(values.ravel(), tensors[name].ravel())

    def test_differences_are_paired_over_seeds(self):
        comparison = engram.compare(self.both)
        difference = comparison.differences.iloc[0]
        pairs = np.array([a.query_loss - b.query_loss for a, b in zip(self.oja, self.hebb)])
        self.assertEqual(("Oja", "Hebb", 2, "networks"), tuple(difference[["first", "second", "pairs", "over"]]))
        self.assertAlmostEqual(pairs.mean(), difference["mean"], 12)
        # t of 1 degree of freedom at 97.5 % is 12.7062.
        half = 12.70620474 * pairs.std(ddof=1) / math.sqrt(2)
        self.assertAlmostEqual(pairs.mean() + half, difference["high"], 5)
        self.assertAlmostEqual(pairs.mean() - half, difference["low"], 5)
        self.assertEqual([2, 2], list(comparison.recipes["networks"]))

    def test_runs_without_a_result_are_refused(self):
        with self.assertRaisesRegex(engram.EngramError, "Found no run 'nowhere'"):
            engram.compare(["nowhere"])

    def test_evaluations_have_single_lifetimes(self):
        evaluation = self.oja.evaluate(lifetimes=4, set={"task.ordering": "continual"})
        self.assertEqual([4, 4], list(evaluation.table["lifetimes"]))
        self.assertEqual(8, len(evaluation.lifetimes))
        mean = evaluation.lifetimes.groupby("run")["queryLoss"].mean()
        for row in evaluation.table.itertuples():
            self.assertAlmostEqual(mean[row.run], row.queryLoss, 12)

    def test_figures_are_pictures_with_numbers(self):
        figure = self.both.figure("interference", lifetimes=2)
        self.assertTrue(figure._repr_svg_().startswith("<svg"))
        self.assertLessEqual({"Oja", "Hebb"}, set(figure.summary["learner"]))
        path = os.path.join(FOLDER, "figure.svg")
        figure.save(path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(figure.svg, file.read())
        with self.assertRaises(engram.EngramError):
            figure.save("figure.png")
        self.assertIn("trajectory", engram.figures())

    def test_tags_and_notes_find_runs(self):
        run = self.hebb[1].tag("pilot", "slow").note("plateau — until 5")
        self.assertEqual(("pilot", "slow"), run.tags)
        self.assertEqual([run.name], [r.name for r in engram.runs(tags=["pilot", "slow"])])
        self.assertEqual("plateau — until 5", engram.runs(run.name)[0].text)
        self.assertEqual((), run.tag(remove=["pilot", "slow"]).note("").tags)
        self.assertIsNone(run.text)
        with self.assertRaisesRegex(engram.EngramError, "as a tag, expected"):
            run.tag("two words")

    def test_arrays_make_tasks(self):
        base = {key: value for key, value in TINY.items() if key != "task"}
        whole = engram.task(*lines())
        run = engram.train(base, task=whole, progress=False)[0]
        self.assertEqual("arrays", run.settings["task.family"])
        life = run.live(0)
        # The first lifetime of meta-test is the 33rd of 40: three fifths, one fifth, the rest.
        np.testing.assert_allclose(lines()[0][32][:, None, :], life["stream.input"], rtol=1e-6)
        np.testing.assert_allclose(lines()[3][32], life["query.target"], rtol=1e-6)
        self.assertEqual(whole.path, engram.task(*lines()).path)
        self.assertNotEqual(whole.path, engram.task(*lines(1)).path)

        x, y, qx, qy = classes()
        shared = engram.task(x, y, qx, qy, split=["train"] * 15 + ["validation"] * 2 + ["test"] * 3)
        labelled = engram.train(base, task=shared, progress=False)[0]
        self.assertEqual("labelled-arrays", labelled.settings["task.family"])
        self.assertTrue(math.isfinite(labelled.query_error_percent))

        points, colours = x.reshape(-1, 4), np.repeat(np.arange(20), 12)
        pool = engram.task(points, points.sum(axis=1), group=colours, groups=2, batches_per_group=3, batch_size=2, query_per_group=2,
                           ordering="iid")
        pooled = engram.train(base, task=pool, progress=False)[0].live(0)
        self.assertEqual((6, 2, 4), pooled["stream.input"].shape)
        np.testing.assert_allclose(pooled["stream.input"].sum(axis=2), pooled["stream.target"][:, :, 0], rtol=1e-5)

        with self.assertRaisesRegex(engram.EngramError, "expected both"):
            engram.task(x, y, qx)
        with self.assertRaisesRegex(engram.EngramError, "query.target"):
            engram.train(base, task=engram.task(x, y, qx, qy[:, :2]), progress=False)

    def test_a_built_in_recipe_takes_another_task(self):
        run = engram.train("quick-start/flp", task=engram.task(*lines()), progress=False, set={
            "meta-training.outer-steps": 60, "network.width": 8, "evaluation.lifetimes": 2})[0]
        self.assertEqual(("arrays", "FLP", 8), (run.settings["task.family"], run.settings["name"], run.settings["network.width"]))
        rate = "meta-training.rates.feedforward"
        self.assertEqual(engram.recipe("quick-start/flp")[rate], run.settings[rate])
        self.assertIn("quick-start/flp", engram.recipes())

    def test_wrong_recipes_name_the_place(self):
        with self.assertRaisesRegex(engram.EngramError, "did you mean 'quick-start/flp'"):
            engram.train("quick-strat/flp")
        with self.assertRaisesRegex(engram.EngramError, "unknown key 'nmae' in 'learner'.*did you mean 'name'"):
            engram.train({**TINY, "learner": {"nmae": "flp"}}, progress=False)
        with self.assertRaisesRegex(engram.EngramError, "expected it alone"):
            engram.train(TINY, resume="x")

    def test_a_number_that_is_not_finite_is_told_as_such(self):
        with self.assertRaises(engram.EngramError) as caught:
            engram.train({**TINY, "initialization": {"hidden-plasticity": 1e6, "readout-plasticity": 1e6}}, progress=False)
        self.assertEqual("non-finite", caught.exception.kind)


if __name__ == "__main__":
    unittest.main()
