namespace Engram.Tasks.FewShot;

/// <summary>Which images a lifetime shows and asks about, by their index in the data set.</summary>
/// <param name="StreamImages">The image of each inner step.</param>
/// <param name="StreamLabels">The output that stands for its class.</param>
/// <param name="QueryImages">The image of each row of the query.</param>
/// <param name="QueryLabels">The output that stands for its class.</param>
/// <param name="StreamTasks">Which of the lifetime's classes each inner step shows.</param>
internal sealed record DrawnLife(int[] StreamImages, int[] StreamLabels, int[] QueryImages, int[] QueryLabels, int[] StreamTasks);
