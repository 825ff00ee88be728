return Engram.Cli.EngramCommand.Run(args);
